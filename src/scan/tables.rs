//! Tables as one run of bytes: what the build has worked out is used where it lies in the program, neither parsed nor copied.
//!
//! Every table is its length and its numbers, in little endian, and begins at a multiple of eight bytes.

use std::borrow::Cow;

use bytemuck::{AnyBitPattern, NoUninit};

/// Bytes at a multiple of which tables begin.
const ALIGNED: usize = 8;

/// Bytes that begin where a table may begin: what is part of the program need not otherwise.
#[repr(C, align(8))]
pub struct Aligned<B: ?Sized>(pub B);

/// Writes tables.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Everything that was written.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn table(&mut self, length: usize, bytes: impl IntoIterator<Item = u8>) {
        self.bytes.extend((length as u64).to_le_bytes());
        self.bytes.extend(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNED), 0);
    }

    /// Writes a table of bytes.
    pub fn bytes(&mut self, table: &[u8]) {
        self.table(table.len(), table.iter().copied());
    }

    /// Writes a table of numbers of 32 bits.
    pub fn numbers(&mut self, table: &[u32]) {
        self.table(table.len(), table.iter().flat_map(|number| number.to_le_bytes()));
    }

    /// Writes a table of numbers of 64 bits.
    pub fn longs(&mut self, table: &[u64]) {
        self.table(table.len(), table.iter().flat_map(|number| number.to_le_bytes()));
    }
}

/// Reads tables in the order in which they were written; `None` where there is no such table.
#[derive(Debug)]
pub struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    /// Begins at the first table.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    fn table(&mut self, size: usize) -> Option<&'b [u8]> {
        let (length, rest) = self.rest.split_first_chunk::<8>()?;
        let bytes = usize::try_from(u64::from_le_bytes(*length)).ok()?.checked_mul(size)?;
        let (table, rest) = rest.split_at_checked(bytes)?;
        self.rest = rest.get(bytes.next_multiple_of(ALIGNED) - bytes..)?;
        Some(table)
    }

    /// The next table, of bytes.
    pub fn bytes(&mut self) -> Option<&'b [u8]> {
        self.table(1)
    }

    /// The next table, of numbers of 32 bits.
    pub fn numbers(&mut self) -> Option<Cow<'b, [u32]>> {
        Some(numbers(self.table(4)?, u32::from_le_bytes))
    }

    /// The next table, of numbers of 64 bits.
    pub fn longs(&mut self) -> Option<Cow<'b, [u64]>> {
        Some(numbers(self.table(8)?, u64::from_le_bytes))
    }
}

/// The numbers of a table, where they lie if they can be used as they are.
fn numbers<'b, N: AnyBitPattern + NoUninit, const SIZE: usize>(
    table: &'b [u8],
    number: impl Fn([u8; SIZE]) -> N,
) -> Cow<'b, [N]> {
    match bytemuck::try_cast_slice(table) {
        Ok(numbers) if cfg!(target_endian = "little") => Cow::Borrowed(numbers),
        _ => table.as_chunks().0.iter().map(|bytes| number(*bytes)).collect(),
    }
}

/// Many texts in one run of bytes.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    bytes: Cow<'static, [u8]>,
    ends: Cow<'static, [u32]>,
}

impl Texts {
    /// Puts texts together.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        Self::of_bytes(texts.into_iter().map(str::as_bytes))
    }

    /// Puts texts together.
    pub fn of_bytes<'t>(texts: impl IntoIterator<Item = &'t [u8]>) -> Self {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for text in texts {
            bytes.extend(text);
            ends.push(bytes.len() as u32);
        }
        Self { bytes: bytes.into(), ends: ends.into() }
    }

    /// The text of a number.
    pub fn get(&self, ix: u32) -> &[u8] {
        let ix = ix as usize;
        let start = ix.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..self.ends[ix] as usize]
    }

    /// All texts in their order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len() as u32).map(|ix| self.get(ix))
    }

    /// Writes them down.
    pub fn write(&self, out: &mut Writer) {
        out.bytes(&self.bytes);
        out.numbers(&self.ends);
    }

    /// Reads what [`Texts::write`] has written.
    pub fn read(from: &mut Reader<'static>) -> Option<Self> {
        Some(Self { bytes: from.bytes()?.into(), ends: from.numbers()? })
    }
}

/// Lists of numbers, one after the other.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    numbers: Cow<'static, [u32]>,
    ends: Cow<'static, [u32]>,
}

impl Lists {
    /// Adds a list.
    pub fn push(&mut self, list: impl IntoIterator<Item = u32>) {
        self.numbers.to_mut().extend(list);
        self.ends.to_mut().push(self.numbers.len() as u32);
    }

    /// How many lists there are.
    pub fn count(&self) -> u32 {
        self.ends.len() as u32
    }

    /// The list of a number.
    pub fn get(&self, ix: u32) -> &[u32] {
        let ix = ix as usize;
        let start = ix.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.numbers[start as usize..self.ends[ix] as usize]
    }

    /// Writes them down.
    pub fn write(&self, out: &mut Writer) {
        out.numbers(&self.numbers);
        out.numbers(&self.ends);
    }

    /// Reads what [`Lists::write`] has written.
    pub fn read(from: &mut Reader<'static>) -> Option<Self> {
        Some(Self { numbers: from.numbers()?, ends: from.numbers()? })
    }
}

#[cfg(test)]
mod tests {
    use super::{Lists, Reader, Texts, Writer};

    #[test]
    fn tables_come_back_as_they_were() {
        let texts = Texts::of(["", "abc", "ü"]);
        let mut lists = Lists::default();
        lists.push([1, 2]);
        lists.push([]);
        lists.push([3]);
        let mut writer = Writer::default();
        texts.write(&mut writer);
        lists.write(&mut writer);
        writer.longs(&[u64::MAX, 1]);
        let bytes: &'static [u8] = writer.finish().leak();
        let mut reader = Reader::new(bytes);
        let texts = Texts::read(&mut reader).expect("as written");
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["".as_bytes(), b"abc", "ü".as_bytes()]);
        let lists = Lists::read(&mut reader).expect("as written");
        assert_eq!([lists.get(0), lists.get(1), lists.get(2)], [&[1, 2][..], &[], &[3]]);
        assert_eq!(reader.longs().as_deref(), Some(&[u64::MAX, 1][..]));
        assert!(reader.longs().is_none());
        assert!(Texts::read(&mut Reader::new(&bytes[..bytes.len() / 3])).is_none());
    }
}
