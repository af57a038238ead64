//! Space and inodes of the file system under a path, and whether it may be written to.

use std::path::Path;

use super::super::finding::{Asked, Check, Finding, Verdict};

/// Percent of free space or inodes below which the next write may fail, as the rule `host.disk-full` has it.
#[cfg(unix)]
const FULL: f64 = 2.0;
/// Percent of free space below which it is worth a look, as the practice `disk-space` has it.
#[cfg(unix)]
const SCARCE: f64 = 10.0;
/// The same for inodes, as the practice `inodes` has it.
#[cfg(unix)]
const FEW_INODES: f64 = 5.0;

fn asked(path: &Path, of: &str) -> Asked {
    Asked::new(Check::Local, format!("the file system of {}", path.display()), of)
}

/// Asks the system about the file system under a path.
#[cfg(unix)]
pub fn look(path: &Path) -> Finding {
    let mounted = mount_point(path).map_or_else(String::new, |at| format!("mounted at {}", at.display()));
    let asked = asked(path, &mounted);
    let usage = match rustix::fs::statvfs(path) {
        Ok(told) => Usage {
            block: told.f_frsize,
            blocks: (told.f_blocks, told.f_bfree, told.f_bavail),
            inodes: (told.f_files, told.f_favail),
            read_only: told.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY),
        },
        Err(error) => {
            return match std::io::Error::from(error) {
                error if error.kind() == std::io::ErrorKind::NotFound => {
                    asked.found(Verdict::Bad, "no such file or folder", "Whatever is to read or write there fails.")
                }
                error => asked.found(Verdict::Unknown, error.to_string(), ""),
            };
        }
    };
    usage.judge(asked)
}

/// Elsewhere the system is not asked.
#[cfg(not(unix))]
pub fn look(path: &Path) -> Finding {
    asked(path, "").found(Verdict::Unknown, "not looked at on this system", "")
}

/// The topmost folder on the same device.
#[cfg(unix)]
fn mount_point(path: &Path) -> Option<std::path::PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let path = path.canonicalize().ok()?;
    let device = path.metadata().ok()?.dev();
    let same = |folder: &&Path| folder.metadata().is_ok_and(|meta| meta.dev() == device);
    path.ancestors().take_while(same).last().map(Path::to_owned)
}

/// What the system tells: POSIX `statvfs`.
#[cfg(unix)]
struct Usage {
    /// Bytes of a block.
    block: u64,
    /// All blocks, the free ones, and those of them that accounts other than root may take.
    blocks: (u64, u64, u64),
    /// All inodes, and the free ones for such accounts.
    inodes: (u64, u64),
    read_only: bool,
}

#[cfg(unix)]
impl Usage {
    /// Free space as `df` counts it: of what accounts other than root may use.
    fn free_percent(&self) -> Option<f64> {
        let (all, free, available) = self.blocks;
        let usable = all.checked_sub(free)?.checked_add(available)?;
        (usable > 0).then(|| super::percent(available, usable))
    }

    /// None where the file system makes inodes as it needs them.
    fn inodes_percent(&self) -> Option<f64> {
        let (all, free) = self.inodes;
        (all > 0).then(|| super::percent(free.min(all), all))
    }

    fn judge(&self, asked: Asked) -> Finding {
        if self.read_only {
            let meaning = "No certificate or key can be written there.";
            // Images that are only read are full by nature: their space tells nothing.
            return asked.found(Verdict::Bad, "mounted read-only", meaning).fact("host.filesystem_read_only", true);
        }
        let (space, inodes) = (self.free_percent(), self.inodes_percent());
        let Some(space) = space else {
            return asked.found(Verdict::Unknown, "it has no size", "It is none that keeps files.");
        };
        let size = self.blocks.2.saturating_mul(self.block);
        let of_inodes =
            inodes.map_or_else(|| "inodes are not limited".to_owned(), |free| format!("{free} % of the inodes free"));
        let answer = format!("{space} % of the space free ({}), {of_inodes}", bytes(size));
        let (verdict, meaning) = match inodes.unwrap_or(100.0) {
            _ if space < FULL => (Verdict::Bad, "The next write may fail with \"No space left on device\"."),
            inodes if inodes < FULL => {
                (Verdict::Bad, "No new file may be made there, though space is left: \"No space left on device\".")
            }
            inodes if space < SCARCE || inodes < FEW_INODES => (Verdict::Odd, "It will be full before long."),
            _ => (Verdict::Good, ""),
        };
        let finding = asked.found(verdict, answer, meaning);
        let finding = finding.fact("host.disk_free_percent", space).fact("host.filesystem_read_only", false);
        match inodes {
            Some(free) => finding.fact("host.inodes_free_percent", free),
            None => finding,
        }
    }
}

/// Bytes for a person: three digits are enough.
#[cfg(unix)]
fn bytes(count: u64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let unit = (0..units.len() - 1).find(|unit| count >> (10 * unit) < 1024).unwrap_or(units.len() - 1);
    format!("{} {}", count >> (10 * unit), units[unit])
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn judged(blocks: (u64, u64, u64), inodes: (u64, u64), read_only: bool) -> Finding {
        Usage { block: 4096, blocks, inodes, read_only }.judge(asked(Path::new("/srv"), ""))
    }

    #[test]
    fn space_and_inodes() {
        let good = judged((1000, 550, 500), (100, 90), false);
        assert_eq!((good.verdict, good.facts["host.disk_free_percent"].as_f64()), (Verdict::Good, Some(52.6)));
        assert_eq!(good.answer, "52.6 % of the space free (1 MiB), 90 % of the inodes free");
        // The five percent that ext4 keeps for root help nobody else.
        let full = judged((1000, 50, 0), (100, 90), false);
        assert_eq!((full.verdict, full.facts["host.disk_free_percent"].as_f64()), (Verdict::Bad, Some(0.0)));
        assert_eq!(judged((1000, 500, 500), (1000, 1), false).verdict, Verdict::Bad);
        assert_eq!(judged((1000, 80, 80), (1000, 900), false).verdict, Verdict::Odd);
        assert_eq!(judged((1000, 500, 500), (1000, 40), false).verdict, Verdict::Odd);
    }

    #[test]
    fn file_systems_of_other_kinds() {
        let unlimited = judged((1000, 500, 500), (0, 0), false);
        assert!(unlimited.answer.ends_with("inodes are not limited"), "{}", unlimited.answer);
        assert!(!unlimited.facts.contains_key("host.inodes_free_percent"));
        assert_eq!(judged((0, 0, 0), (0, 0), false).verdict, Verdict::Unknown);
        let image = judged((1000, 0, 0), (10, 0), true);
        assert_eq!(image.facts.keys().collect::<Vec<_>>(), ["host.filesystem_read_only"]);
        // Numbers that cannot be end in no answer, not in an overflow.
        assert_eq!(judged((1, 2, u64::MAX), (1, 5), false).verdict, Verdict::Unknown);
    }

    #[test]
    fn sizes() {
        assert_eq!(
            (bytes(0), bytes(2048), bytes(5 << 30), bytes(u64::MAX)),
            ("0 bytes".to_owned(), "2 KiB".to_owned(), "5 GiB".to_owned(), "16777215 TiB".to_owned())
        );
    }
}
