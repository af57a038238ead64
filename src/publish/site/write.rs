//! Writing a site to a folder.

use std::path::Path;

use super::Site;
use crate::error::{Error, Result};

impl Site {
    /// Writes all files below a folder, which is made where it is missing. Files that are there already are replaced;
    /// others are left alone. `written` is called after each file with how many there are by then.
    ///
    /// # Errors
    /// [`Error::Unwritable`] with the file that could not be written.
    pub fn write(&self, folder: &Path, mut written: impl FnMut(usize)) -> Result<()> {
        for (n, file) in self.files.iter().enumerate() {
            let path = folder.join(&file.path);
            let above = path.parent().unwrap_or(folder);
            let refused = |path: &Path| {
                let path = path.to_owned();
                move |source| Error::Unwritable { path, source }
            };
            std::fs::create_dir_all(above).map_err(refused(above))?;
            std::fs::write(&path, &file.content).map_err(refused(&path))?;
            written(n + 1);
        }
        Ok(())
    }
}
