//! Files for search engines and servers, and the style of the colour.

use super::Options;
use crate::publish::markup::escaped;

/// Path and content of each; `addresses` are those that search engines may list.
pub fn files(addresses: &[String], options: &Options) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut robots = String::from("User-agent: *\nAllow: /\n");
    if let Some(url) = options.url("sitemap.xml") {
        robots.push_str(&format!("Sitemap: {url}\n"));
        files.push(("sitemap.xml".to_owned(), sitemap(addresses, options)));
    }
    files.push(("robots.txt".to_owned(), robots));
    if let Some(style) = options.brand_style() {
        files.push(("assets/brand.css".to_owned(), style));
    }
    files
}

fn sitemap(addresses: &[String], options: &Options) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for url in addresses.iter().filter_map(|address| options.url(address)) {
        out.push_str(&format!("<url><loc>{}</loc></url>\n", escaped(&url)));
    }
    out.push_str("</urlset>\n");
    out
}
