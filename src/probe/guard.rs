//! Which addresses may be contacted.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not one of the internet; `None` where it is one.
///
/// Ranges: the IANA registries of special-purpose addresses (RFC 6890 and its updates). Addresses in which an IPv4 one is
/// wrapped (mapped, NAT64, 6to4) count as that one.
pub fn inner(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => inner_v4(v4),
        IpAddr::V6(v6) => inner_v6(v6),
    }
}

fn inner_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (127, ..) => Some("loopback"),
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => Some("private"),
        (169, 254, _) => Some("link-local"),
        (100, 64..=127, _) => Some("shared, behind a provider's NAT"),
        (0, ..) | (192, 0, 0) | (198, 18..=19, _) | (240..=255, ..) => Some("reserved"),
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => Some("for documentation"),
        (224..=239, ..) => Some("multicast"),
        _ => None,
    }
}

fn inner_v6(address: Ipv6Addr) -> Option<&'static str> {
    let segments = address.segments();
    let wrapped = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        inner_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("loopback"),
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            wrapped(high, low)
        }
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some("for documentation"),
        [0xfc00..=0xfdff, ..] => Some("private"),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        // Everything that is assigned to hosts lies in 2000::/3.
        [0x2000..=0x3fff, ..] => None,
        _ => Some("reserved"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_the_internet() {
        let inner_ones = [
            "127.0.0.1",
            "127.255.0.9",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "198.18.0.1",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:c0a8:1::1",
            "::127.0.0.1",
        ];
        for address in inner_ones {
            assert!(inner(address.parse().expect("an address")).is_some(), "{address}");
        }
        for address in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "2002:101:101::1"]
        {
            assert_eq!(inner(address.parse().expect("an address")), None, "{address}");
        }
    }
}
