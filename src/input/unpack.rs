//! What was handed in, out of its wrapping: compressed files and archives become the inputs inside.
//!
//! Nothing is written to disk, and a name inside an archive is only ever shown, so that a hostile one can do no harm. How
//! much comes out is bounded: see [`MAX_RATIO`], [`MAX_ENTRIES`] and [`MAX_DEPTH`].

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::counted::Counted;

/// Bytes that may come out whatever went in; up to here no ratio is asked for.
const FREE: u64 = 64 << 20;
/// Bytes that may come out for each byte that went in. Logs shrink to a tenth or, when one line is repeated for hours, to a
/// few hundredths; what goes beyond is made to exhaust whoever unpacks it.
const MAX_RATIO: u64 = 1000;
/// Entries of an archive that are read.
const MAX_ENTRIES: usize = 10_000;
/// Wrappings around an input: a bundle of rotated logs (`.zip` of `.tar.gz`) has three.
const MAX_DEPTH: usize = 4;
/// Bytes of a ZIP archive that is no file of its own: its directory stands at its end, so it is kept in memory.
const MAX_SPOOLED: u64 = 256 << 20;

/// Bytes that are unpacked at a time.
const BUFFER: usize = 128 << 10;

/// A reader that can go back.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// Something inside of what was handed in.
pub enum Part<'p> {
    /// An input; how it was wrapped, for a person (`gzip`, `tar in gzip`), empty where it was not.
    Input(&'p mut dyn BufRead, &'p str),
    /// It cannot be used; why, and the way out.
    Refused(String),
}

/// Hands over every input inside of one that was handed in, with the name that a person would give it.
///
/// `file` is the same input where it can be read at any place; a ZIP archive without it is kept in memory. Once `stop` is
/// set, nothing more is unpacked.
pub fn each(
    name: &str,
    reader: &mut dyn BufRead,
    file: Option<&mut dyn ReadSeek>,
    stop: Option<Arc<AtomicBool>>,
    take: &mut dyn FnMut(&str, Part<'_>),
) {
    Unpacker { take, budget: MAX_ENTRIES }.open(name, reader, file, &Layers { stop, ..Layers::default() });
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrapping {
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    Zip,
    Tar,
}

impl Wrapping {
    /// By the first bytes; `tar` has its mark further on.
    fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Wrapping::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Wrapping::Zstd),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..] => Some(Wrapping::Bzip2),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Wrapping::Xz),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Wrapping::Zip),
            _ => (head.get(257..262) == Some(b"ustar")).then_some(Wrapping::Tar),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Wrapping::Gzip => "gzip",
            Wrapping::Zstd => "zstd",
            Wrapping::Bzip2 => "bzip2",
            Wrapping::Xz => "xz",
            Wrapping::Zip => "zip",
            Wrapping::Tar => "tar",
        }
    }
}

/// What stands around an input.
#[derive(Debug, Clone, Default)]
struct Layers {
    /// For a person, innermost first: `tar in gzip`.
    label: String,
    depth: usize,
    /// Bytes that went into the outermost layer so far: what is packed twice must not count as much.
    fed: Option<Rc<Cell<u64>>>,
    stop: Option<Arc<AtomicBool>>,
}

impl Layers {
    fn with(&self, wrapping: Wrapping) -> Self {
        let label = match self.label.as_str() {
            "" => wrapping.word().to_owned(),
            outside => format!("{} in {outside}", wrapping.word()),
        };
        Layers { label, depth: self.depth + 1, ..self.clone() }
    }

    /// The same, with what goes into this layer where none is outside of it.
    fn fed_by(&self, bytes: Rc<Cell<u64>>) -> Self {
        Layers { fed: Some(self.fed.clone().unwrap_or(bytes)), ..self.clone() }
    }

    fn bound<R: Read>(&self, inner: R) -> Bounded<R> {
        Bounded { inner, fed: self.fed.clone().unwrap_or_default(), bytes: 0, stop: self.stop.clone() }
    }
}

struct Unpacker<'t> {
    take: &'t mut dyn FnMut(&str, Part<'_>),
    /// Entries that may still be read.
    budget: usize,
}

impl Unpacker<'_> {
    fn open(&mut self, name: &str, mut reader: &mut dyn BufRead, file: Option<&mut dyn ReadSeek>, outside: &Layers) {
        // Bytes that do not come at once (a pipe) are waited for, up to the mark of a tar archive.
        let mut head = Vec::new();
        if let Err(error) = (&mut reader).take(512).read_to_end(&mut head) {
            return self.refuse(name, unreadable(&outside.label, &error));
        }
        let found = Wrapping::of(&head);
        let mut whole = Cursor::new(head).chain(reader);
        let Some(wrapping) = found else { return (self.take)(name, Part::Input(&mut whole, &outside.label)) };
        if outside.depth == MAX_DEPTH {
            return self.refuse(name, "wrapped too many times; unpack it and hand in the files".to_owned());
        }
        let layers = outside.with(wrapping);
        match wrapping {
            Wrapping::Zip => match file {
                Some(file) => self.zip(name, file, &layers),
                None => self.spooled_zip(name, whole, &layers),
            },
            Wrapping::Tar => self.tar(name, whole, &layers),
            _ => self.compressed(name, wrapping, whole, &layers),
        }
    }

    fn compressed(&mut self, name: &str, wrapping: Wrapping, packed: impl BufRead, layers: &Layers) {
        let bytes = Rc::new(Cell::new(0));
        let layers = layers.fed_by(bytes.clone());
        let packed = Counted::new(packed, move |read| bytes.set(bytes.get() + read as u64));
        let unpacked: Box<dyn Read + '_> = match wrapping {
            Wrapping::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
            Wrapping::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
            Wrapping::Xz => Box::new(lzma_rust2::XzReader::new(packed, true)),
            _ => Box::new(ZstdFrames { packed: Some(packed), frame: None }),
        };
        self.open(name, &mut BufReader::with_capacity(BUFFER, layers.bound(unpacked)), None, &layers);
    }

    fn tar(&mut self, name: &str, packed: impl Read, layers: &Layers) {
        let mut archive = tar::Archive::new(packed);
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => return self.refuse(name, format!("not a sound tar archive: {error}")),
        };
        let mut found = 0;
        for entry in entries {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.refuse(name, format!("the archive breaks off: {error}")),
            };
            if !entry.header().entry_type().is_file() {
                continue;
            }
            found += 1;
            let inside = format!("{name}!{}", String::from_utf8_lossy(&entry.path_bytes()));
            if !self.entry(name, &inside, &mut entry, layers) {
                return;
            }
        }
        if found == 0 {
            self.refuse(name, "an archive without files".to_owned());
        }
    }

    fn spooled_zip(&mut self, name: &str, packed: impl Read, layers: &Layers) {
        let mut bytes = Vec::new();
        match packed.take(MAX_SPOOLED + 1).read_to_end(&mut bytes) {
            Err(error) => self.refuse(name, unreadable(&layers.label, &error)),
            Ok(_) if bytes.len() as u64 > MAX_SPOOLED => {
                self.refuse(
                    name,
                    "a ZIP archive of more than 256 MiB inside another input; hand it in as a file".into(),
                );
            }
            Ok(_) => self.zip(name, &mut Cursor::new(bytes), layers),
        }
    }

    fn zip(&mut self, name: &str, file: &mut dyn ReadSeek, layers: &Layers) {
        let mut archive = match zip::ZipArchive::new(file) {
            Ok(archive) => archive,
            Err(error) => return self.refuse(name, format!("not a sound ZIP archive: {error}")),
        };
        if archive.is_empty() {
            return self.refuse(name, "an archive without files".to_owned());
        }
        for ix in 0..archive.len() {
            let entry = match archive.by_index(ix) {
                Ok(entry) => entry,
                Err(error) => {
                    self.refuse(&format!("{name}!entry {}", ix + 1), format!("cannot be unpacked: {error}"));
                    continue;
                }
            };
            if !entry.is_file() {
                continue;
            }
            let inside = format!("{name}!{}", String::from_utf8_lossy(entry.name_raw()));
            let layers = layers.fed_by(Rc::new(Cell::new(entry.compressed_size())));
            if !self.entry(name, &inside, &mut layers.bound(entry), &layers) {
                return;
            }
        }
    }

    /// One entry of an archive; whether there may be more.
    fn entry(&mut self, archive: &str, inside: &str, reader: &mut dyn Read, layers: &Layers) -> bool {
        if self.budget == 0 {
            self.refuse(archive, format!("more than {MAX_ENTRIES} files; unpack it and hand in the folder"));
            return false;
        }
        self.budget -= 1;
        self.open(inside, &mut BufReader::with_capacity(BUFFER, reader), None, layers);
        true
    }

    fn refuse(&mut self, name: &str, why: String) {
        (self.take)(name, Part::Refused(why));
    }
}

/// Why reading failed, of an input that was wrapped so.
pub fn unreadable(wrapping: &str, error: &io::Error) -> String {
    match wrapping {
        "" => format!("reading failed: {error}"),
        _ => format!("cannot be unpacked ({wrapping}): {error}; is the file whole?"),
    }
}

/// A name without the ending that only says how the file is compressed: what is left tells whether it is a document.
pub fn inner_name(name: &str) -> &str {
    [".gz", ".zst", ".bz2", ".xz"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// Ends with an error when far more comes out than went in, or when nothing more is wanted.
struct Bounded<R> {
    inner: R,
    /// Bytes that went in.
    fed: Rc<Cell<u64>>,
    bytes: u64,
    stop: Option<Arc<AtomicBool>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            return Err(io::Error::other("interrupted"));
        }
        let read = self.inner.read(buffer)?;
        self.bytes += read as u64;
        if self.bytes > FREE.max(self.fed.get().saturating_mul(MAX_RATIO)) {
            let why = format!(
                "unpacks to more than {MAX_RATIO} times its size, as a decompression bomb does; unpack it yourself and hand in what is in it"
            );
            return Err(io::Error::other(why));
        }
        Ok(read)
    }
}

/// The frames of a zstd file, one after the other: `zstd` writes one, appending and parallel tools write several.
struct ZstdFrames<R: BufRead> {
    /// Where no frame is open.
    packed: Option<R>,
    frame: Option<ruzstd::decoding::StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>,
}

impl<R: BufRead> Read for ZstdFrames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let read = frame.read(buffer)?;
                if read > 0 || buffer.is_empty() {
                    return Ok(read);
                }
                self.packed = self.frame.take().map(ruzstd::decoding::StreamingDecoder::into_inner);
            }
            let Some(mut packed) = self.packed.take() else { return Ok(0) };
            if packed.fill_buf()?.is_empty() {
                return Ok(0);
            }
            let frame = ruzstd::decoding::StreamingDecoder::new(packed);
            self.frame = Some(frame.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?);
        }
    }
}
