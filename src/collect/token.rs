//! The token of API v2. Two forms of the token endpoint are in use, at the same address.

use jiff::Timestamp;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::client::{Ask, Client, Reply, any};
use super::credentials::Credentials;
use super::failure::Failure;
use super::request::Request;
use super::v1::sign;

/// Where tokens are given, below the base.
const PATH: &str = "/oauth/token";

/// Signs in, with the secret of the OAuth client if there is one (RFC 6749, section 4.4), and in the older form, signed
/// with the access key, where that is what is at hand or the first form is refused.
pub async fn get(client: &Client, request: &Request, credentials: &Credentials) -> Result<String, Failure> {
    let url = request.url(PATH, &[]);
    let mut refused = None;
    if let Some(secret) = &credentials.client_secret {
        client.clean.add(secret.value());
        match client.send(&|| by_secret(&url, &credentials.account, secret.value()), &any).await {
            Ok(reply) => return read(client, &reply),
            Err(failure) => refused = Some(failure),
        }
    }
    let unfit = |failure: &Failure| {
        matches!(failure, Failure::Denied { .. } | Failure::Refused { .. } | Failure::Unknown { .. })
    };
    match (&credentials.access_key, refused) {
        (Some(key), refused) if refused.as_ref().is_none_or(unfit) => {
            client.clean.add(key.value());
            let ask = || by_key(client, &url, &credentials.account, key.value());
            // Where both are refused, the first one is what a person should mend.
            let reply = client.send(&ask, &any).await.map_err(|failure| refused.unwrap_or(failure))?;
            read(client, &reply)
        }
        (_, Some(refused)) => Err(refused),
        (_, None) => Err(Failure::Begin("there is neither a client secret nor an access key".to_owned())),
    }
}

fn by_secret(url: &Url, account: &str, secret: &str) -> Ask {
    let mut form = url.clone();
    let fields = [("grant_type", "client_credentials"), ("client_id", account), ("client_secret", secret)];
    form.query_pairs_mut().clear().extend_pairs(fields);
    let content = form.query().unwrap_or_default().to_owned();
    let content = Some(("application/x-www-form-urlencoded", content));
    Ask { method: Method::POST, url: url.clone(), bearer: None, content, signs_in: true }
}

fn by_key(client: &Client, url: &Url, account: &str, key: &str) -> Ask {
    let signature = sign(key, Timestamp::now());
    client.clean.add(&signature.auth_key);
    let body = json!({
        "grant_type": "client_credentials",
        "accountNumber": account,
        "authKey": signature.auth_key,
        "ver": "1.0",
        "ts": signature.ts,
        "txn": signature.txn,
    });
    let content = Some(("application/json", body.to_string()));
    Ask { method: Method::POST, url: url.clone(), bearer: None, content, signs_in: true }
}

fn read(client: &Client, reply: &Reply) -> Result<String, Failure> {
    let told = ["/access_token", "/tokenDetails/accessToken"].iter().find_map(|path| reply.body.pointer(path));
    match told.and_then(Value::as_str).filter(|token| !token.is_empty()) {
        Some(token) => {
            client.clean.add(token);
            Ok(token.to_owned())
        }
        // The older form says no under HTTP 200.
        None => {
            let said = super::client::said(&reply.body).unwrap_or_else(|| "no token stands in the answer".to_owned());
            Err(Failure::Denied { status: 200, said: client.told(&said), variables: client.variables })
        }
    }
}
