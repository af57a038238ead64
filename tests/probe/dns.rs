//! The DNS: TXT records at each name server, broken zones, CAA.

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::CNAME;

use super::*;

#[test]
fn a_txt_record_as_it_should_be() {
    let zone = zone().txt(CHALLENGE, &challenge_txt());
    let probed = healthy(&txt(same(&zone), Some(&challenge_txt())));
    assert_eq!(probed.facts()["dcv.txt_everywhere"], true);
    assert_eq!(probed.facts()["dns.lame_servers"], 0);
    healthy(&txt(same(&zone), None));
}

#[test]
fn a_missing_txt_record() {
    leads(&txt(same(&zone()), Some(&challenge_txt())), "dcv.dns-record-missing");
    leads(&txt(same(&zone()), None), "dcv.dns-record-missing");
}

#[test]
fn a_txt_record_under_the_zone_twice() {
    let zone = zone().txt("_acme-challenge.www.example.test.example.test", &challenge_txt());
    let probed = leads(&txt(same(&zone), Some(&challenge_txt())), "dcv.dns-record-missing");
    says(&probed, "the provider appends the zone");
}

#[test]
fn a_stale_txt_record() {
    let old = value_of("old.key");
    let probed = leads(&txt(same(&zone().txt(CHALLENGE, &old)), Some(&challenge_txt())), "dcv.dns-record-wrong");
    says(&probed, "from an earlier order");
}

#[test]
fn txt_records_with_usual_mistakes() {
    for (value, words) in [(format!("\"{}\"", challenge_txt()), "quotes"), (KEY.to_owned(), "SHA-256")] {
        for expect in [Some(challenge_txt()), None] {
            let zone = zone().txt(CHALLENGE, &value);
            let probed = leads(&txt(same(&zone), expect.as_deref()), "dcv.dns-record-wrong");
            says(&probed, words);
        }
    }
}

#[test]
fn a_txt_record_that_one_server_lacks() {
    let new = zone().txt(CHALLENGE, &challenge_txt()).serial("example.test", 8);
    let port = world(new.clone(), new, zone(), proper());
    let probed = leads(&txt(port, Some(&challenge_txt())), "dcv.dns-not-propagated");
    assert_eq!(probed.facts()["dns.serials_agree"], false);
}

#[test]
fn a_resolver_with_an_old_record_matters_not() {
    let new = zone().txt(CHALLENGE, &challenge_txt());
    let port = world(zone().txt(CHALLENGE, &value_of("old.key")), new.clone(), new, proper());
    let probed = healthy(&txt(port, Some(&challenge_txt())));
    says(&probed, "may have it from before");
}

#[test]
fn a_challenge_that_is_delegated_by_cname() {
    let zone = zone().with(CHALLENGE, CNAME(name("token.example.test"))).txt("token.example.test", &challenge_txt());
    let probed = healthy(&txt(same(&zone), Some(&challenge_txt())));
    says(&probed, "by CNAME");
}

#[test]
fn a_record_at_the_name_of_the_platform() {
    let zone = zone().txt("_emudhra-challenge.www.example.test", "value");
    let probed = healthy(&txt(same(&zone), Some("value")));
    says(&probed, "this name is looked at");
}

#[test]
fn name_servers_that_fail() {
    let fails = Manner::Code(ResponseCode::ServFail);
    let port = world(zone(), zone(), zone(), [fails.clone(), fails.clone(), fails]);
    leads(&txt(port, None), "dcv.dns-server-failure");
}

#[test]
fn broken_signatures() {
    let manners = [Manner::BadSignatures, Manner::Proper, Manner::Proper];
    let port = world(zone(), zone(), zone(), manners);
    let probed = leads(&request(port, None, &[Check::Dns]), "dcv.dns-server-failure");
    assert_eq!(probed.facts()["dns.dnssec_valid"], false);
}

#[test]
fn lame_and_silent_servers() {
    for manner in [Manner::Code(ResponseCode::Refused), Manner::NoAuthority, Manner::Silent, Manner::WrongId] {
        let zone = zone().txt(CHALLENGE, &challenge_txt());
        let port = world(zone.clone(), zone.clone(), zone, [Manner::Proper, Manner::Proper, manner.clone()]);
        let probed = leads(&txt(port, Some(&challenge_txt())), "dcv.dns-server-failure");
        assert!(!bad(&probed).is_empty(), "{manner:?}");
    }
}

#[test]
fn a_resolver_that_does_not_answer_says_nothing_about_the_domain() {
    for manner in [Manner::Silent, Manner::WrongId, Manner::Garbage] {
        let port = world(zone(), zone(), zone(), [manner, Manner::Proper, Manner::Proper]);
        let mut request = txt(port, None);
        request.timeout = Duration::from_secs(3);
        let (probed, answer) = diagnosed(&request);
        assert!(answer.causes.is_empty(), "{:#?}", probed.findings);
        says(&probed, "--resolver asks another one");
    }
}

#[test]
fn caa_records() {
    let caa = |zone: Zone, ca: &str, domain: &str| {
        let mut request = request(same(&zone), None, &[Check::Caa]);
        request.issuers = vec![ca.to_owned()];
        request.wildcard = domain.starts_with('*');
        request
    };
    let parent = || zone().caa("example.test", "issue", "digicert.com");
    leads(&caa(parent(), "letsencrypt.org", DOMAIN), "dcv.caa-forbidden");
    healthy(&caa(parent(), "digicert.com", DOMAIN));
    // The nearest name with records counts.
    healthy(&caa(parent().caa(DOMAIN, "issue", "letsencrypt.org"), "letsencrypt.org", DOMAIN));
    leads(&caa(parent().caa("example.test", "issuewild", ";"), "digicert.com", "*"), "dcv.caa-forbidden");
    let bound = zone().caa(DOMAIN, "issue", "letsencrypt.org; validationmethods=dns-01");
    let mut by_http = caa(bound, "letsencrypt.org", DOMAIN);
    by_http.method = Some(Method::Http01);
    leads(&by_http, "dcv.caa-forbidden");
    let probed = healthy(&caa(zone(), "letsencrypt.org", DOMAIN));
    assert_eq!(probed.facts()["dcv.caa_allows"], true);
}
