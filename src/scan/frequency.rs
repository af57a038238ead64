//! How often four bytes stand together in logs: which part of a literal is worth looking for.

/// Bytes of a gram.
const GRAM: usize = 4;
/// Bits of a gram's hash: enough that the grams of a megabyte of text hardly collide.
const BITS: u32 = 16;
/// Steps of the scale for each doubling of a rate.
const STEPS: f64 = 8.0;
/// A gram that the sample does not hold is not impossible.
const RAREST: f64 = 1e-6;
/// The bulk of what programs write when nothing is wrong, of the kinds that fill disks; composed.
pub const EVERYDAY: &str = include_str!("everyday.log");

/// Rates of grams in logs, on a logarithmic scale of one byte each.
#[derive(Debug, Clone)]
pub struct Frequencies {
    scale: Vec<u8>,
    /// The rate of every step of the scale.
    rates: [f64; 256],
}

impl Frequencies {
    /// Those of everyday logs.
    pub fn everyday() -> Self {
        let mut counts = vec![0u32; 1 << BITS];
        EVERYDAY.as_bytes().windows(GRAM).for_each(|bytes| counts[slot(bytes)] += 1);
        let rate = |count: u32| f64::from(count) / EVERYDAY.len() as f64;
        // Nearly all are 0, and logarithms take time.
        let of = |count: u32| if count == 0 { 0 } else { ((rate(count).max(RAREST) / RAREST).log2() * STEPS) as u8 };
        let rates = std::array::from_fn(|step| RAREST * (step as f64 / STEPS).exp2());
        Self { scale: counts.into_iter().map(of).collect(), rates }
    }

    /// How often a text stands in a log, for each byte of it: as often as its rarest gram, or less.
    pub fn rate(&self, text: &[u8]) -> f64 {
        let rates = text.windows(GRAM).map(|gram| self.rates[usize::from(self.scale[slot(gram)])]);
        rates.fold(1.0, f64::min)
    }
}

/// The place of four bytes, letters in one case.
fn slot(bytes: &[u8]) -> usize {
    let gram = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) | 0x2020_2020;
    (gram.wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::Frequencies;

    #[test]
    fn common_words_are_told_from_rare_ones() {
        let everyday = Frequencies::everyday();
        assert!(everyday.rate(b"http/1.1") > 1e-4, "{}", everyday.rate(b"http/1.1"));
        assert!(everyday.rate(b"badsignaturealgorithm") < 1e-5, "{}", everyday.rate(b"badsignaturealgorithm"));
        assert_eq!(everyday.rate(b"GET /"), everyday.rate(b"get /"));
    }
}
