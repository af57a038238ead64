//! CERTInext API v2: OAuth, JSON, errors as problem details.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Ask, Client, Reply, any};
use super::credentials::Credentials;
use super::failure::Failure;
use super::request::{Request, Want, is_order};
use super::walk::{MAX_PAGES, Walk, day_before, plain_name, text, worst};
use super::{Collected, token};

/// Below the base.
const PREFIX: &str = "/api/certinext/v2";
/// Rows of a page: the most that the report gives, and what listings of domains are kept under.
const PAGE: &str = "100";
/// Domains of one order that are looked up.
const MAX_DOMAINS: usize = 5;
/// Where the credentials come from.
const VARIABLES: &str = "CERTINEXT_ACCOUNT_NUMBER and CERTINEXT_CLIENT_SECRET";

/// Collects what was asked for.
pub async fn collect(request: &Request, credentials: &Credentials) -> Result<Collected, Failure> {
    let client = Client::new(request, VARIABLES)?;
    let bearer = token::get(&client, request, credentials).await?;
    let walk = Walk::new(&client, "CERTInext API v2", request.base.as_str());
    let mut api = V2 { request, bearer, walk, domains: BTreeMap::new() };
    api.signed_in().await?;
    match &request.want {
        Want::Order(id) => api.order(id).await,
        Want::Domain(name) => api.domain_with_orders(&plain_name(name)).await,
        Want::Trouble => api.trouble().await,
    }
    Ok(api.walk.done())
}

struct V2<'c> {
    request: &'c Request,
    bearer: String,
    walk: Walk<'c>,
    /// Ids of domains that were looked up, by name; none where there is no such domain.
    domains: BTreeMap<String, Option<String>>,
}

/// The pages of a report, and whether any came.
#[derive(Default)]
struct Report {
    rows: Vec<(String, Reply)>,
    came: bool,
}

impl Report {
    fn all(&self) -> Vec<&Value> {
        self.rows.iter().flat_map(|(_, page)| list(&page.body)).collect()
    }
}

impl V2<'_> {
    fn ask(&self, path: &str, parameters: &[(&str, &str)], signs_in: bool) -> Ask {
        let url = self.request.url(&format!("{PREFIX}{path}"), parameters);
        Ask { method: Method::GET, url, bearer: Some(self.bearer.clone()), content: None, signs_in }
    }

    async fn get(
        &mut self,
        path: &str,
        parameters: &[(&str, &str)],
        signs_in: bool,
    ) -> (String, Result<Reply, Failure>) {
        let ask = self.ask(path, parameters, signs_in);
        let query = ask.url.query().map_or_else(String::new, |query| format!("?{query}"));
        (format!("GET {PREFIX}{path}{query}"), self.walk.ask(&|| ask.clone(), &any).await)
    }

    /// The first look shows whether the token counts. That it does is no fact about the connector, whose credentials may be
    /// others.
    async fn signed_in(&mut self) -> Result<(), Failure> {
        match self.get("/auth/me", &[], true).await {
            (endpoint, Ok(reply)) => self.walk.keep_aside(&endpoint, reply.at, &reply.body),
            (_, Err(failure)) if failure.ends_all() => return Err(failure),
            (endpoint, Err(failure)) => self.walk.missed(&endpoint, &failure),
        }
        Ok(())
    }

    /// An order, and the domains for which it waits.
    async fn order(&mut self, id: &str) {
        let (endpoint, mut answer) = self.get(&format!("/ssl-certificates/{id}"), &[], false).await;
        let mut endpoints = vec![endpoint];
        if matches!(answer, Err(Failure::Unknown { .. })) {
            // Private certificates have a place of their own.
            let (endpoint, other) = self.get(&format!("/private-pki-certificates/{id}"), &[], false).await;
            if other.is_ok() {
                (endpoints, answer) = (vec![endpoint], other);
            }
        }
        let endpoint = endpoints.remove(0);
        let reply = match answer {
            Ok(reply) => reply,
            Err(failure) => return self.walk.missed(&endpoint, &failure),
        };
        self.walk.keep(&endpoint, reply.at, &reply.body);
        let waiting = waiting(&reply.body);
        if waiting.len() > MAX_DOMAINS {
            let note = format!("order {id}: {MAX_DOMAINS} of its {} unvalidated domains were looked up", waiting.len());
            self.walk.note(note);
        }
        for name in waiting.into_iter().take(MAX_DOMAINS) {
            self.domain(&name).await;
        }
    }

    /// A domain with its last attempt; a parent where the name itself is not in the account. Asked for once.
    async fn domain(&mut self, name: &str) {
        let Some(found) = self.find(name).await else { return };
        let (endpoint, answer) = self.get(&format!("/domains/{found}"), &[], false).await;
        match answer {
            Ok(reply) => self.walk.keep(&endpoint, reply.at, &reply.body),
            Err(failure) => self.walk.missed(&endpoint, &failure),
        }
        let (endpoint, answer) = self.get(&format!("/domains/{found}/dcv/attempts/last"), &[], false).await;
        match answer {
            Ok(reply) => self.walk.keep(&endpoint, reply.at, &reply.body),
            // A domain that nobody tried to validate has no attempt.
            Err(Failure::Unknown { .. }) => {}
            Err(failure) => self.walk.missed(&endpoint, &failure),
        }
    }

    /// The id of a domain that was not looked at yet, or of the nearest parent in the account: names below inherit its
    /// validation.
    async fn find(&mut self, name: &str) -> Option<String> {
        let mut current = name;
        loop {
            if self.domains.contains_key(current) {
                // Looked at already, with all that there is.
                return None;
            }
            let (endpoint, answer) =
                self.get("/domains", &[("search", current), ("offset", "0"), ("limit", PAGE)], false).await;
            let reply = match answer {
                Ok(reply) => reply,
                Err(failure) => {
                    self.walk.missed(&endpoint, &failure);
                    return None;
                }
            };
            let row = list(&reply.body).into_iter().find(|row| plain_name(text(row, "domainName")) == current);
            let id = row.map(|row| text(row, "domainId").to_owned()).filter(|id| is_order(id));
            self.walk.keep_aside(&endpoint, reply.at, &reply.body);
            self.domains.insert(current.to_owned(), id.clone());
            if id.is_some() {
                if current != name {
                    self.walk.note(format!("{name} is not among the domains of the account; {current} stands for it"));
                }
                return id;
            }
            match current.split_once('.') {
                Some((_, parent)) if parent.contains('.') => current = parent,
                _ => {
                    self.walk.missed_because(
                        &endpoint,
                        &format!("{name} is not among the domains of the account, nor is a parent of it"),
                    );
                    return None;
                }
            }
        }
    }

    /// A domain, and its recent orders that need somebody, or the newest one.
    async fn domain_with_orders(&mut self, name: &str) {
        self.domain(name).await;
        let report = self.report().await;
        let own: Vec<&Value> =
            report.all().into_iter().filter(|row| plain_name(text(row, "domainName")) == name).collect();
        let mut chosen = worst(&own, self.request.limit);
        if chosen.is_empty() {
            let newest = own.iter().filter(|row| !text(row, "orderNumber").is_empty());
            chosen.extend(newest.max_by_key(|row| text(row, "orderDate").to_owned()).copied());
        }
        if report.came {
            self.walk.chose(&format!("{name}: "), self.request.days, &own, chosen.len());
        }
        self.chosen(&report, &chosen).await;
    }

    /// Recent orders that need somebody.
    async fn trouble(&mut self) {
        let report = self.report().await;
        let all = report.all();
        let chosen = worst(&all, self.request.limit);
        if report.came {
            self.walk.chose("", self.request.days, &all, chosen.len());
        }
        self.chosen(&report, &chosen).await;
    }

    /// The orders of these rows, and at the end the rows themselves with their predecessors for the same names.
    async fn chosen(&mut self, report: &Report, chosen: &[&Value]) {
        for row in chosen {
            let id = text(row, "orderNumber");
            if is_order(id) {
                self.order(id).await;
            }
        }
        let names: Vec<&str> = chosen.iter().map(|row| text(row, "domainName")).collect();
        for (endpoint, page) in &report.rows {
            let rows: Vec<&Value> =
                list(&page.body).into_iter().filter(|row| names.contains(&text(row, "domainName"))).collect();
            if !rows.is_empty() {
                let body = json!({ "content": rows, "totalElements": rows.len() });
                self.walk.keep(endpoint, page.at, &body);
            }
        }
    }

    /// The recent part of the report of orders.
    async fn report(&mut self) -> Report {
        let from = day_before(self.request.days);
        let mut report = Report::default();
        for page in 1..=MAX_PAGES {
            let number = page.to_string();
            let (endpoint, answer) =
                self.get("/reports/orders", &[("page", &number), ("size", PAGE), ("from", &from)], false).await;
            let reply = match answer {
                Ok(reply) => reply,
                Err(failure) => {
                    self.walk.missed(&endpoint, &failure);
                    break;
                }
            };
            let told = reply.body.get("page").and_then(Value::as_u64).unwrap_or(page);
            let last = reply.body.get("totalPages").and_then(Value::as_u64).unwrap_or(1);
            self.walk.keep_aside(&endpoint, reply.at, &reply.body);
            // Behind the last page it comes once more.
            if told != page {
                break;
            }
            let empty = list(&reply.body).is_empty();
            report.came = true;
            report.rows.push((endpoint.clone(), reply));
            if page >= last || empty {
                break;
            }
            if page == MAX_PAGES {
                let why = format!(
                    "the report has {last} pages, and the first {MAX_PAGES} were looked at; --days 7 makes it shorter"
                );
                self.walk.missed_because(&endpoint, &why);
            }
        }
        report
    }
}

/// Rows of a listing, in any of the forms that were seen.
fn list(body: &Value) -> Vec<&Value> {
    let rows = body.as_array().or_else(|| body.get("content").and_then(Value::as_array));
    rows.into_iter().flatten().collect()
}

/// Domains of an order that it still waits for.
fn waiting(order: &Value) -> Vec<String> {
    let settled = ["issued", "revoked", "cancelled", "expired"];
    if settled.contains(&text(order, "status")) {
        return Vec::new();
    }
    let rows = order.pointer("/verifications/domain/domains").and_then(Value::as_array);
    let open = rows.into_iter().flatten().filter(|row| text(row, "dcvStatus") != "VERIFIED");
    let mut names: Vec<String> =
        open.map(|row| plain_name(text(row, "domain"))).filter(|name| !name.is_empty()).collect();
    names.sort();
    names.dedup();
    names
}
