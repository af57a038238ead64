//! What can happen to a connection, and to credentials.

use std::net::TcpListener;

use serde_json::json;

use super::server::{Reply, Server, proxy};
use super::{TOKEN, Told2, answers, files_in, no_secret_in, reply, run, signed_in};

fn order() -> Box<super::server::Answer> {
    let body = std::fs::read_to_string(super::folder().join("bodies/v2-order.json")).expect("a body");
    let rest = answers(Default::default());
    Box::new(move |asked| match asked.line.ends_with("/ssl-certificates/7100000003") {
        true => Some(Reply { status: 200, headers: Vec::new(), body: body.clone().into_bytes() }),
        false => rest(asked),
    })
}

fn collect(base: &str, more: &[&str], environment: &[(&str, &str)]) -> Told2 {
    let here = tempfile::tempdir().expect("a folder");
    let mut args = vec!["collect", "certinext", "--base", base, "--order", "7100000003", "--retries", "0"];
    args.extend(more);
    let all: Vec<(&str, &str)> = signed_in().into_iter().chain(environment.iter().copied()).collect();
    let told = run(here.path(), &args, &all);
    let mut texts = vec![told.out.clone(), told.err.clone()];
    texts.extend(files_in(here.path()));
    no_secret_in(&texts);
    told
}

/// Nothing came, and the error says the words.
fn fails(told: &Told2, words: &[&str]) {
    assert_eq!((told.code, told.out.as_str()), (2, ""), "{}", told.err);
    for word in words {
        assert!(told.err.contains(word), "`{word}` is not said: {}", told.err);
    }
}

#[test]
fn a_host_that_is_not_there() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let told = collect(&format!("http://127.0.0.1:{port}"), &["--allow-http", "--no-proxy"], &[]);
    fails(&told, &["127.0.0.1 cannot be reached", "refused", "--base"]);
    let told = collect("https://nowhere.invalid", &["--no-proxy"], &[]);
    fails(&told, &["nowhere.invalid cannot be reached"]);
}

#[test]
fn a_server_that_says_nothing() {
    let server = Server::start(Box::new(|_| None));
    let base = format!("http://127.0.0.1:{}", server.port);
    let told = collect(&base, &["--allow-http", "--no-proxy", "--timeout", "1"], &[]);
    fails(&told, &["gave no whole answer in time", "--timeout"]);
}

#[test]
fn tls_is_checked_and_a_private_ca_can_be_named() {
    let (server, pem) = Server::start_tls(order());
    let base = format!("https://localhost:{}", server.port);
    fails(&collect(&base, &["--no-proxy"], &[]), &["no trusted connection to localhost", "--ca-file"]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, pem).expect("a file");
    let told = collect(&base, &["--no-proxy", "--ca-file", path.to_str().expect("a path")], &[]);
    assert!(told.out.contains("\"pending-dcv\""), "{}{}", told.out, told.err);
    let elsewhere = base.replace("localhost", "127.0.0.1");
    let told = collect(&elsewhere, &["--no-proxy", "--ca-file", path.to_str().expect("a path")], &[]);
    fails(&told, &["no trusted connection to 127.0.0.1"]);
}

#[test]
fn through_a_proxy() {
    let (server, between) = (Server::start(order()), proxy());
    let base = format!("http://127.0.0.1:{}", server.port);
    let address = format!("http://127.0.0.1:{}", between.port);
    let by_flag = collect(&base, &["--allow-http", "--proxy", &address], &[]);
    assert!(by_flag.out.contains("\"pending-dcv\""), "{}{}", by_flag.out, by_flag.err);
    assert!(between.lines().iter().all(|line| line.contains(" http://127.0.0.1:")), "{:?}", between.lines());
    let before = between.lines().len();
    let by_environment = collect(&base, &["--allow-http"], &[("http_proxy", address.as_str())]);
    assert!(by_environment.out.contains("\"pending-dcv\""), "{}{}", by_environment.out, by_environment.err);
    let seen = between.lines().len();
    assert!(seen > before, "the environment names the proxy");
    collect(&base, &["--allow-http", "--no-proxy"], &[("http_proxy", address.as_str())]);
    assert_eq!(between.lines().len(), seen, "--no-proxy goes around it");
    let told = collect(&base, &["--allow-http", "--proxy", "http://me:pass@127.0.0.1:1"], &[]);
    fails(&told, &["leave name and password out"]);
    assert!(!told.err.contains("pass@"), "{}", told.err);
}

#[test]
fn redirects_leave_no_host() {
    let elsewhere = Server::start(order());
    let port = elsewhere.port;
    let rest = order();
    let server = Server::start(Box::new(move |asked| {
        let to = |to: String| Reply { status: 302, headers: vec![("Location".to_owned(), to)], body: Vec::new() };
        match asked.line.as_str() {
            "GET /api/certinext/v2/ssl-certificates/7100000003" => Some(to(format!("http://127.0.0.1:{port}/other"))),
            "GET /api/certinext/v2/auth/me" => Some(to("/moved/me".to_owned())),
            "GET /moved/me" => Some(reply(200, &json!({ "accountNumber": "1", "authType": "oauth2" }))),
            _ => rest(asked),
        }
    }));
    let told = collect(&format!("http://127.0.0.1:{}", server.port), &["--allow-http", "--no-proxy"], &[]);
    fails(&told, &["redirects to http://127.0.0.1:", "not followed"]);
    assert!(elsewhere.lines().is_empty(), "nothing was sent there: {:?}", elsewhere.lines());
    assert!(server.lines().contains(&"GET /moved/me".to_owned()), "within the host it is followed");
    let away = Server::start(Box::new(move |_| {
        let header = ("Location".to_owned(), format!("http://127.0.0.1:{port}/oauth/token"));
        Some(Reply { status: 307, headers: vec![header], body: Vec::new() })
    }));
    fails(
        &collect(&format!("http://127.0.0.1:{}", away.port), &["--allow-http", "--no-proxy"], &[]),
        &["not followed"],
    );
    assert!(elsewhere.lines().is_empty(), "the secret least of all");
}

#[test]
fn bodies_that_are_too_large() {
    let rest = order();
    let server = Server::start(Box::new(move |asked| match asked.line.contains("/ssl-certificates/") {
        true => Some(Reply { status: 200, headers: Vec::new(), body: vec![b' '; 9 << 20] }),
        false => rest(asked),
    }));
    let told = collect(&format!("http://127.0.0.1:{}", server.port), &["--allow-http", "--no-proxy"], &[]);
    fails(&told, &["larger than 8 MB"]);
}

#[test]
fn http_is_for_tests_on_this_machine_alone() {
    fails(&collect("http://us-api.certinext.io", &["--allow-http"], &[]), &["only https"]);
    fails(&collect("http://127.0.0.1:1", &[], &[]), &["only https", "--allow-http"]);
}

/// A server that repeats all that it is told, in every place that a client may print.
#[test]
fn a_server_that_repeats_secrets() {
    for status in [200, 400, 401, 403, 404, 422, 500, 501] {
        for sign_in in [false, true] {
            let server = Server::start(Box::new(move |asked| {
                let secrets =
                    format!("{} {}", asked.body, asked.headers.get("authorization").cloned().unwrap_or_default());
                if asked.line.ends_with("/oauth/token") && !sign_in {
                    return Some(reply(200, &json!({ "access_token": TOKEN })));
                }
                let body = json!({ "title": secrets, "detail": secrets, "error": secrets, secrets.clone(): secrets, "orderId": secrets,
                    "status": "pending-dcv", "orderState": secrets, "domain": secrets, "csrSubmitted": true });
                let headers =
                    vec![("Retry-After".to_owned(), "0".to_owned()), ("X-Said".to_owned(), secrets.replace('\n', " "))];
                Some(Reply { status, headers, body: body.to_string().into_bytes() })
            }));
            let base = format!("http://127.0.0.1:{}", server.port);
            let told =
                collect(&base, &["--allow-http", "--no-proxy", "--raw", "raw", "--facts", "--out", "s.json"], &[]);
            assert!(!format!("{}{}", told.out, told.err).is_empty(), "{status}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_of_credentials_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start(order());
    let base = format!("http://127.0.0.1:{}", server.port);
    let here = tempfile::tempdir().expect("a folder");
    let path = here.path().join("credentials.yaml");
    let text = format!("account_number: {}\nclient_secret: {}\n", super::ACCOUNT, super::SECRET);
    std::fs::write(&path, text).expect("a file");
    let go = |mode: u32| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        let file = path.to_str().expect("a path");
        let args = ["collect", "certinext", "--base", &base, "--allow-http", "--no-proxy", "--order", "7100000003"];
        run(here.path(), &[&args[..], &["--credentials", file]].concat(), &[])
    };
    let open = go(0o644);
    fails(&open, &["others may read it (mode 0644)", "chmod 600"]);
    assert!(server.lines().is_empty(), "nothing was sent");
    let private = go(0o600);
    assert!(private.out.contains("\"pending-dcv\""), "{}{}", private.out, private.err);
    no_secret_in(&[open.err, private.out, private.err]);
}

#[test]
fn without_credentials_it_says_where_they_go() {
    let here = tempfile::tempdir().expect("a folder");
    let told = run(here.path(), &["collect", "certinext", "--region", "us"], &[]);
    fails(&told, &["CERTINEXT_ACCOUNT_NUMBER", "--credentials FILE"]);
    let v1 = run(here.path(), &["collect", "certinext", "--region", "us", "--api", "v1"], &signed_in());
    fails(&v1, &["CERTINEXT_ACCESS_KEY"]);
    let nowhere = run(here.path(), &["collect", "certinext"], &signed_in());
    fails(&nowhere, &["--region"]);
}
