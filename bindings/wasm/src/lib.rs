//! certwhy for JavaScript: the core as WebAssembly, with its rules.
//!
//! Plain functions over numbers, no generated glue: `js/certwhy.js` is the other half. A text goes in as an address and a
//! length in memory from [`alloc`]. A function that gives a text returns 0 and leaves it at [`out_ptr`], or returns 1 and
//! leaves there why it failed. A panic is told to the host, and ends the instance.

mod engine;
mod host;

use std::cell::RefCell;

use engine::{Reply, State};

thread_local! {
    /// There is one thread: what the instance holds.
    static STATE: RefCell<State> = RefCell::new(State::default());
    /// What the last call gave.
    static OUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn reply(call: impl FnOnce(&mut State) -> Reply) -> u32 {
    let (status, text) = match STATE.with_borrow_mut(call) {
        Ok(text) => (0, text),
        Err(why) => (1, why),
    };
    OUT.set(text.into_bytes());
    status
}

/// The text that the host has put into memory.
fn text(ptr: *mut u8, len: usize) -> String {
    // SAFETY: the host hands back what `alloc` gave it, with the length that it asked for, and forgets it.
    let bytes = unsafe { Vec::from_raw_parts(ptr, len, len) };
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Memory for a text that goes in; the call that takes the text frees it.
#[unsafe(no_mangle)]
pub extern "C" fn alloc(len: usize) -> *mut u8 {
    Box::leak(vec![0; len].into_boxed_slice()).as_mut_ptr()
}

/// Where the text stands that the last call gave.
#[unsafe(no_mangle)]
pub extern "C" fn out_ptr() -> *const u8 {
    OUT.with_borrow(|out| out.as_ptr())
}

/// Bytes of the text that the last call gave.
#[unsafe(no_mangle)]
pub extern "C" fn out_len() -> usize {
    OUT.with_borrow(Vec::len)
}

/// Makes the rules ready: once, before anything else. Gives the version and how much is known, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn open() -> u32 {
    std::panic::set_hook(Box::new(|panic| host::tell_panic(&panic.to_string())));
    reply(State::open)
}

/// Begins a diagnosis; takes what is asked, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn begin(ptr: *mut u8, len: usize) -> u32 {
    let request = text(ptr, len);
    reply(|state| state.begin(&request))
}

/// Reads one input, by the number under which the host knows it, to its end.
#[unsafe(no_mangle)]
pub extern "C" fn add(ptr: *mut u8, len: usize, handle: u32, size: f64) -> u32 {
    let name = text(ptr, len);
    reply(|state| state.add(&name, handle, size as u64))
}

/// Gives the answer, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn finish() -> u32 {
    reply(State::finish)
}

/// Gives the last answer as `text` or `markdown`.
#[unsafe(no_mangle)]
pub extern "C" fn report(ptr: *mut u8, len: usize) -> u32 {
    let format = text(ptr, len);
    reply(|state| state.report(&format))
}

/// Gives why a cause is not the last answer, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn why_not(ptr: *mut u8, len: usize) -> u32 {
    let cause = text(ptr, len);
    reply(|state| state.why_not(&cause))
}

/// Gives the article of a cause, a symptom or a page, as Markdown.
#[unsafe(no_mangle)]
pub extern "C" fn explain(ptr: *mut u8, len: usize) -> u32 {
    let name = text(ptr, len);
    reply(|state| state.explain(&name))
}

/// Gives the vocabulary of facts, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn facts() -> u32 {
    reply(|state| state.facts())
}

/// Panics: how a host tries that it survives it.
#[unsafe(no_mangle)]
pub extern "C" fn panic() -> u32 {
    reply(|_| panic!("asked for"))
}
