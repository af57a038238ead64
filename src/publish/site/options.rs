//! What a documentation team sets to put the site under its own name.

use super::html::is_web;
use crate::publish::markup::{PATH, encoded};

/// How a site is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What the site is called.
    pub title: String,
    /// Where it will stand, `https://docs.example.com/certwhy/`; for links that name it and the list of all pages.
    pub base_url: Option<String>,
    /// A picture beside the title.
    pub logo: Option<Logo>,
    /// The colour of the site, `#0b5f66`.
    pub brand: Option<String>,
    /// Where one can hand in a log: an address of the web, or a path on the same server.
    pub diagnose_url: Option<String>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// Name of its file, `logo.svg`.
    pub name: String,
    /// The file.
    pub content: Vec<u8>,
}

impl Default for Options {
    fn default() -> Self {
        Self { title: "certwhy".to_owned(), base_url: None, logo: None, brand: None, diagnose_url: None }
    }
}

impl Options {
    /// What is wrong with them, in a sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.title.trim().is_empty() {
            return Err("the site needs a title".to_owned());
        }
        if let Some(url) = &self.base_url {
            let web = url.starts_with("https://") || url.starts_with("http://");
            if !web || !is_web(url) || url.contains(['?', '#', '"', '<', '>', '\\']) {
                return Err(format!("{url:?} is no address of a site: write it as https://docs.example.com/certwhy/"));
            }
        }
        if let Some(brand) = &self.brand {
            rgb(brand).ok_or_else(|| format!("{brand:?} is no colour: write it as #0b5f66"))?;
        }
        if let Some(url) = &self.diagnose_url {
            let path = url.starts_with('/') && !url.starts_with("//") && !url.contains(char::is_whitespace);
            if !path && !is_web(url) {
                return Err(format!("{url:?} is no address: write it as https://certwhy.example.com/ or /certwhy/"));
            }
        }
        let logo = self.logo.as_ref().map(|logo| logo.name.as_str());
        if let Some(name) = logo.filter(|name| !LOGOS.contains(name)) {
            return Err(format!(
                "{name:?} is no picture that browsers show: take one that ends in .svg, .png or .webp"
            ));
        }
        Ok(())
    }

    /// The address of a file of the site, once it stands where it will.
    pub fn url(&self, address: &str) -> Option<String> {
        let base = self.base_url.as_ref()?;
        // The first page is the site itself.
        let address = if address == "index.html" { String::new() } else { encoded(address, PATH) };
        Some(format!("{}/{address}", base.trim_end_matches('/')))
    }

    /// The path of the site on its server, with `/` at both ends.
    pub fn base_path(&self) -> Option<String> {
        let base = self.base_url.as_ref()?;
        let after_scheme = base.split_once("://")?.1;
        let path = after_scheme.split_once('/').map_or("", |(_, path)| path).trim_matches('/');
        Some(if path.is_empty() { "/".to_owned() } else { format!("/{path}/") })
    }

    /// The style sheet for the colour: text on it is black or white, whichever is the easier to read.
    pub fn brand_style(&self) -> Option<String> {
        let (r, g, b) = rgb(self.brand.as_ref()?)?;
        let light = luminance(r, g, b);
        let on = if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 { "#fff" } else { "#000" };
        Some(format!(":root {{ --brand: #{r:02x}{g:02x}{b:02x}; --on-brand: {on}; }}\n"))
    }
}

/// Names that a picture may have; the ending tells browsers what it is.
pub const LOGOS: &[&str] = &["logo.svg", "logo.png", "logo.webp"];

fn rgb(colour: &str) -> Option<(u8, u8, u8)> {
    let digits = colour.strip_prefix('#')?;
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some((part(0)?, part(2)?, part(4)?))
}

/// Relative luminance, as WCAG defines it.
fn luminance(r: u8, g: u8, b: u8) -> f64 {
    let linear = |c: u8| {
        let c = f64::from(c) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told() {
        let with = |change: fn(&mut Options)| {
            let mut options = Options::default();
            change(&mut options);
            options.check()
        };
        assert_eq!(with(|_| ()), Ok(()));
        assert!(with(|o| o.base_url = Some("docs.example.com".to_owned())).is_err());
        assert!(with(|o| o.base_url = Some("https://docs.example.com/?x".to_owned())).is_err());
        assert!(with(|o| o.brand = Some("red".to_owned())).is_err());
        assert!(with(|o| o.diagnose_url = Some("javascript:alert(1)".to_owned())).is_err());
        assert!(with(|o| o.diagnose_url = Some("//elsewhere.example.com".to_owned())).is_err());
    }

    #[test]
    fn addresses_of_a_site() {
        let options = Options { base_url: Some("https://docs.example.com/kb".to_owned()), ..Options::default() };
        assert_eq!(options.url("guides/4-dcv.html").unwrap(), "https://docs.example.com/kb/guides/4-dcv.html");
        assert_eq!(options.url("index.html").unwrap(), "https://docs.example.com/kb/");
        assert_eq!(options.base_path().unwrap(), "/kb/");
    }

    #[test]
    fn text_on_the_colour_can_be_read() {
        let style =
            |colour: &str| Options { brand: Some(colour.to_owned()), ..Options::default() }.brand_style().unwrap();
        assert!(style("#0b5f66").contains("--on-brand: #fff"));
        assert!(style("#FFCC00").contains("--on-brand: #000"));
    }
}
