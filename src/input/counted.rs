//! A reader that tells how many bytes were taken from it.

use std::io::{self, BufRead, Read};

/// Hands every number of bytes that is taken to a function.
#[derive(Debug)]
pub struct Counted<R, F> {
    inner: R,
    count: F,
}

impl<R: BufRead, F: FnMut(usize)> Counted<R, F> {
    /// Counts what is taken from a reader from here on.
    pub fn new(inner: R, count: F) -> Self {
        Self { inner, count }
    }
}

impl<R: BufRead, F: FnMut(usize)> Read for Counted<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        (self.count)(read);
        Ok(read)
    }
}

impl<R: BufRead, F: FnMut(usize)> BufRead for Counted<R, F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
        (self.count)(amount);
    }
}
