//! CERTInext API v1: every call is a POST that carries its signature, and a failure comes under HTTP 200 with status 0.

use jiff::Timestamp;
use reqwest::Method;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};

use super::Collected;
use super::clean::Clean;
use super::client::{Ask, Client, Reply};
use super::credentials::Credentials;
use super::failure::Failure;
use super::request::{Request, Want, is_order};
use super::walk::{MAX_PAGES, Walk, day_before, plain_name, text, worst};

/// Below the base.
const PREFIX: &str = "/emSignHub-API";
/// Rows of a page; at most 500 are given.
const PAGE: u64 = 100;
/// Said of bursts of requests, and of accounts that are inactive.
const INACTIVE: &str = "Inactive Account User.";
/// Said of a failure without a reason.
const NOTHING_MORE: &str = "it says nothing more";
/// Where the credentials come from.
const VARIABLES: &str = "CERTINEXT_ACCOUNT_NUMBER and CERTINEXT_ACCESS_KEY";

/// What signs one request. It counts once.
#[derive(Debug)]
pub struct Signature {
    /// When, RFC 3339 with an offset.
    pub ts: String,
    /// A number that no other request of the account has, 20 digits.
    pub txn: String,
    /// SHA-256 of access key, time and number, in small hexadecimal letters.
    pub auth_key: String,
}

/// Signs a request that is made at this moment.
pub fn sign(access_key: &str, at: Timestamp) -> Signature {
    let mut noise = [0; 8];
    // Time alone tells requests apart too: they go one after the other.
    let _ = SystemRandom::new().fill(&mut noise);
    let txn = format!("{:013}{:07}", at.as_millisecond(), u64::from_le_bytes(noise) % 10_000_000);
    let ts = at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let auth_key = signature(access_key, &ts, &txn);
    Signature { ts, txn, auth_key }
}

fn signature(access_key: &str, ts: &str, txn: &str) -> String {
    let hash = digest(&SHA256, format!("{access_key}{ts}{txn}").as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Collects what was asked for.
pub async fn collect(request: &Request, credentials: &Credentials) -> Result<Collected, Failure> {
    let client = Client::new(request, VARIABLES)?;
    let Some(key) = &credentials.access_key else {
        return Err(Failure::Begin("there is no access key".to_owned()));
    };
    client.clean.add(key.value());
    let walk = Walk::new(&client, "CERTInext API v1", request.base.as_str());
    let mut api = V1 { request, client: &client, account: &credentials.account, key: key.value(), walk };
    api.signed_in().await?;
    match &request.want {
        Want::Order(id) => api.order(id).await,
        Want::Domain(name) => api.domain(&plain_name(name)).await,
        Want::Trouble => api.trouble().await,
    }
    Ok(api.walk.done())
}

struct V1<'c> {
    request: &'c Request,
    client: &'c Client,
    account: &'c str,
    key: &'c str,
    walk: Walk<'c>,
}

impl V1<'_> {
    async fn call(&mut self, name: &str, content: &Value, signs_in: bool) -> (String, Result<Reply, Failure>) {
        // Behind a gateway the base may name the folder already.
        let prefix = if self.request.base.path().trim_end_matches('/').ends_with(PREFIX) { "" } else { PREFIX };
        let url = self.request.url(&format!("{prefix}/{name}"), &[]);
        let (client, account, key) = (self.client, self.account, self.key);
        let ask = || {
            let signature = sign(key, Timestamp::now());
            client.clean.add(&signature.auth_key);
            let mut body = json!({
                "meta": {
                    "ver": "1.0",
                    "ts": signature.ts,
                    "txn": signature.txn,
                    "accountNumber": account,
                    "authKey": signature.auth_key,
                }
            });
            for (block, value) in content.as_object().into_iter().flatten() {
                body[block] = value.clone();
            }
            let content = Some(("application/json", body.to_string()));
            Ask { method: Method::POST, url: url.clone(), bearer: None, content, signs_in }
        };
        let endpoint = format!("POST {PREFIX}/{name}");
        let answer = self.walk.ask(&ask, &judge).await;
        let answer = if signs_in { answer.map_err(about_credentials) } else { answer };
        (endpoint, answer)
    }

    /// That the credentials count tells a limit of requests from an account that is really inactive.
    async fn signed_in(&mut self) -> Result<(), Failure> {
        match self.call("ValidateCredentials", &json!({}), true).await {
            (endpoint, Ok(reply)) => self.walk.keep_aside(&endpoint, reply.at, &reply.body),
            (_, Err(failure @ Failure::RateLimited { .. })) => return Err(failure),
            (_, Err(failure)) if failure.ends_all() => return Err(failure),
            (endpoint, Err(failure)) => self.walk.missed(&endpoint, &failure),
        }
        Ok(())
    }

    async fn order(&mut self, id: &str) {
        let content = json!({ "orderDetails": { "orderNumber": id } });
        let (endpoint, answer) = self.call("TrackOrder", &content, false).await;
        let endpoint = format!("{endpoint} {id}");
        match answer {
            Ok(mut reply) => {
                // Not every answer repeats whom it is about.
                if let Some(details) = reply.body.get_mut("orderDetails").and_then(Value::as_object_mut) {
                    details.entry("orderNumber").or_insert_with(|| id.into());
                }
                self.walk.keep(&endpoint, reply.at, &reply.body);
            }
            Err(failure) => self.walk.missed(&endpoint, &failure),
        }
    }

    async fn domain(&mut self, name: &str) {
        let (pages, came) = self.report(Some(name)).await;
        let own: Vec<&Value> =
            rows(&pages).into_iter().filter(|row| plain_name(text(row, "domainName")) == name).collect();
        let mut chosen = worst(&own, self.request.limit);
        if chosen.is_empty() {
            let newest = own.iter().filter(|row| !text(row, "orderNumber").is_empty());
            chosen.extend(newest.max_by_key(|row| text(row, "orderDate").to_owned()).copied());
        }
        if came {
            self.walk.chose(&format!("{name}: "), self.request.days, &own, chosen.len());
        }
        self.chosen(&pages, &chosen).await;
    }

    async fn trouble(&mut self) {
        let (pages, came) = self.report(None).await;
        let all = rows(&pages);
        let chosen = worst(&all, self.request.limit);
        if came {
            self.walk.chose("", self.request.days, &all, chosen.len());
        }
        self.chosen(&pages, &chosen).await;
    }

    async fn chosen(&mut self, pages: &[(String, Reply)], chosen: &[&Value]) {
        for row in chosen {
            let id = text(row, "orderNumber");
            if is_order(id) {
                self.order(id).await;
            }
        }
        let names: Vec<&str> = chosen.iter().map(|row| text(row, "domainName")).collect();
        for (endpoint, page) in pages {
            let found = page.body.pointer("/orderDetails/ordersArray").and_then(Value::as_array);
            let own: Vec<&Value> =
                found.into_iter().flatten().filter(|row| names.contains(&text(row, "domainName"))).collect();
            if !own.is_empty() {
                let body = json!({ "meta": page.body["meta"], "orderDetails": { "ordersArray": own } });
                self.walk.keep(endpoint, page.at, &body);
            }
        }
    }

    /// The pages of the recent part of the report of orders, and whether it came at all: it may be empty.
    async fn report(&mut self, domain: Option<&str>) -> (Vec<(String, Reply)>, bool) {
        let (from, till) = (day_before(self.request.days), day_before(0));
        let (mut pages, mut came) = (Vec::new(), true);
        for page in 1..=MAX_PAGES {
            let mut criteria = json!({
                "orderDateFrom": from,
                "orderDateTill": till,
                "pageNumber": page.to_string(),
                "pageSize": PAGE.to_string(),
            });
            if let Some(domain) = domain {
                criteria["domainName"] = domain.into();
            }
            let (endpoint, answer) = self.call("GetOrderReport", &json!({ "searchCriteria": criteria }), false).await;
            let endpoint = format!("{endpoint} (page {page})");
            let reply = match answer {
                Ok(reply) => reply,
                // An empty result may come as a failure without a reason.
                Err(Failure::Refused { said, .. }) if nothing_found(&said) => break,
                Err(failure) => {
                    self.walk.missed(&endpoint, &failure);
                    came = !pages.is_empty();
                    break;
                }
            };
            self.walk.keep_aside(&endpoint, reply.at, &reply.body);
            let details = &reply.body["orderDetails"];
            let last =
                details["noOfPages"].as_u64().or_else(|| details["noOfPages"].as_str()?.parse().ok()).unwrap_or(1);
            pages.push((endpoint.clone(), reply));
            if page >= last {
                break;
            }
            if page == MAX_PAGES {
                let why = format!(
                    "the report has {last} pages, and the first {MAX_PAGES} were looked at; --days 7 makes it shorter"
                );
                self.walk.missed_because(&endpoint, &why);
            }
        }
        (pages, came)
    }
}

fn rows(pages: &[(String, Reply)]) -> Vec<&Value> {
    pages
        .iter()
        .filter_map(|(_, page)| page.body.pointer("/orderDetails/ordersArray").and_then(Value::as_array))
        .flatten()
        .collect()
}

/// What a failure of the first look means: status 0 is a refusal of the credentials. Whether a limit is one, or the account is
/// inactive, only time tells then.
fn about_credentials(failure: Failure) -> Failure {
    match failure {
        Failure::Refused { status, said } => Failure::Denied { status, said, variables: VARIABLES },
        Failure::RateLimited { said, after } if said.contains(INACTIVE) => {
            let said = format!(
                "{said}, which it says of bursts as well as of inactive accounts: where it still does in half an hour, ask for the account"
            );
            Failure::RateLimited { said, after }
        }
        other => other,
    }
}

/// Whether a failure only says that there is nothing.
fn nothing_found(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    said == NOTHING_MORE || said.contains("no record") || said.contains("no order") || said.contains("no data")
}

/// `meta.status` tells, not HTTP.
fn judge(reply: &Reply, clean: &Clean) -> Result<(), Failure> {
    let meta = &reply.body["meta"];
    let status = meta["status"].as_str().map(str::to_owned).or_else(|| meta["status"].as_u64().map(|n| n.to_string()));
    if status.as_deref() != Some("0") {
        return Ok(());
    }
    let (code, message) = (text(meta, "errorCode"), text(meta, "errorMessage"));
    let said = [message, code].iter().filter(|t| !t.is_empty()).map(|t| (*t).to_owned()).collect::<Vec<_>>().join(", ");
    if said.is_empty() {
        return Err(Failure::Refused { status: 200, said: NOTHING_MORE.to_owned() });
    }
    let said = format!("\"{}\"", clean.text(&said));
    // Bursts are refused with these words too. The first look has shown that the account is not inactive.
    if message.eq_ignore_ascii_case(INACTIVE) && code.is_empty() {
        return Err(Failure::RateLimited { said, after: None });
    }
    Err(Failure::Refused { status: 200, said: format!("the request failed: {said}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hash_of_key_time_and_number() {
        // printf 'key2026-06-01T00:00:00+00:0012345678901234567890' | sha256sum
        let signed = signature("key", "2026-06-01T00:00:00+00:00", "12345678901234567890");
        assert_eq!(signed, EXPECTED);
        let at: Timestamp = "2026-06-01T00:00:00Z".parse().expect("a time");
        let (one, other) = (sign("key", at), sign("key", at));
        assert_eq!((one.ts.as_str(), one.txn.len()), ("2026-06-01T00:00:00+00:00", 20));
        assert!(one.txn.chars().all(|c| c.is_ascii_digit()) && one.txn != other.txn);
        assert_eq!(one.auth_key, signature("key", &one.ts, &one.txn));
    }

    const EXPECTED: &str = "5f538f870174b124e69b9f914c552f6aa65b587722a771877a3b7b46097a1f09";
}
