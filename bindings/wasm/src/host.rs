//! What the host gives: bytes of inputs, and an ear.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether an answer to what was read so far is welcome.
pub static DUE: AtomicBool = AtomicBool::new(false);

// What JavaScript provides.
#[cfg(target_family = "wasm")]
#[link(wasm_import_module = "certwhy")]
unsafe extern "C" {
    /// Bytes of an input from a place on; how many came, 0 at its end, negative where reading failed.
    #[link_name = "read"]
    fn host_read(handle: u32, at: f64, ptr: *mut u8, len: usize) -> i32;
    /// Whether an answer to what was read so far is welcome now.
    #[link_name = "glance"]
    fn host_glance() -> u32;
    /// Takes that answer.
    #[link_name = "partial"]
    fn host_partial(ptr: *const u8, len: usize);
    /// Takes what a panic says; does not return.
    #[link_name = "panic"]
    fn host_panic(ptr: *const u8, len: usize);
}

/// An input of the host. Its copies have places of their own.
#[derive(Debug, Clone)]
pub struct Input {
    pub handle: u32,
    pub size: u64,
    at: u64,
}

impl Input {
    pub fn new(handle: u32, size: u64) -> Self {
        Self { handle, size, at: 0 }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match usize::try_from(read(self.handle, self.at as f64, buffer)) {
            Ok(read) => {
                let read = read.min(buffer.len());
                self.at += read as u64;
                if wants_partial() {
                    DUE.store(true, Ordering::Relaxed);
                }
                Ok(read)
            }
            Err(_) => Err(io::Error::other("the file cannot be read any more; was it changed or moved?")),
        }
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::other("a place before the beginning"))?;
        Ok(self.at)
    }
}

/// Whether an answer to what was read so far is welcome now.
fn wants_partial() -> bool {
    #[cfg(target_family = "wasm")]
    // SAFETY: takes nothing.
    return unsafe { host_glance() } != 0;
    #[cfg(not(target_family = "wasm"))]
    false
}

/// Hands over an answer to what was read so far.
pub fn give_partial(json: &str) {
    #[cfg(target_family = "wasm")]
    // SAFETY: the host copies the text before it returns.
    unsafe {
        host_partial(json.as_ptr(), json.len());
    }
    #[cfg(not(target_family = "wasm"))]
    let _ = json;
}

/// Says what a panic says.
pub fn tell_panic(message: &str) {
    #[cfg(target_family = "wasm")]
    // SAFETY: the host copies the text before it throws.
    unsafe {
        host_panic(message.as_ptr(), message.len());
    }
    #[cfg(not(target_family = "wasm"))]
    let _ = message;
}

fn read(handle: u32, at: f64, buffer: &mut [u8]) -> i32 {
    #[cfg(target_family = "wasm")]
    // SAFETY: the host writes at most as many bytes as the buffer has.
    return unsafe { host_read(handle, at, buffer.as_mut_ptr(), buffer.len()) };
    #[cfg(not(target_family = "wasm"))]
    {
        let _ = (handle, at, buffer);
        -1
    }
}
