//! `pack.yaml`: what the packs say of themselves, and whether they fit this version of the program.

use std::sync::Arc;

use semver::{Prerelease, Version, VersionReq};
use serde::Deserialize;

use super::compact;
use super::file::{self, PackFile, Text};
use super::layer::MANIFEST;
use super::load::Pack;
use super::mistakes::Mistakes;
use super::model::PackInfo;
use super::shapes::unparsable;
use crate::diagnostic::SourceFile;

/// This version of the program.
pub const ENGINE: &str = env!("CARGO_PKG_VERSION");
/// The code of whatever is wrong with the versions of a pack.
pub const VERSIONS: &str = "E0113";

/// The `pack.yaml` of a layer.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Number of the layer in [`Pack::layers`].
    pub layer: usize,
    /// The file.
    pub file: Arc<SourceFile>,
    /// What it says.
    pub shape: PackFile,
}

impl Manifest {
    /// What it says, without places.
    pub fn info(&self) -> PackInfo {
        let text = |text: &Option<Text>| text.as_ref().map(|text| text.value.clone());
        PackInfo {
            name: self.shape.name.value.clone(),
            version: self.shape.version.value.clone(),
            engine: self.shape.engine.value.clone(),
            licence: text(&self.shape.licence),
            description: text(&self.shape.description),
            homepage: text(&self.shape.homepage),
        }
    }
}

/// Reads the `pack.yaml` of every layer that has one.
pub fn read(pack: &Pack, mistakes: &mut Mistakes) -> Vec<Manifest> {
    let mut all = Vec::new();
    for (layer, laid) in pack.layers.iter().enumerate() {
        let Some(file) = &laid.manifest else { continue };
        let worked_out = if laid.compact { compact::shape(MANIFEST) } else { None };
        if let Some(shape) = worked_out.or_else(|| parse(file, mistakes)) {
            check(&shape, file, mistakes);
            all.push(Manifest { layer, file: Arc::clone(file), shape });
        }
    }
    all
}

/// The part that every version of the program understands.
#[derive(Deserialize)]
struct EngineAlone {
    engine: Text,
}

fn parse(file: &Arc<SourceFile>, mistakes: &mut Mistakes) -> Option<PackFile> {
    let error = match file::parse(&file.text) {
        Ok(shape) => return Some(shape),
        Err(error) => error,
    };
    // A pack for a later version may well have fields that this one does not know.
    let fits = file::parse::<EngineAlone>(&file.text).map_or(true, |alone| fits(&alone.engine, file, mistakes));
    if fits {
        unparsable(mistakes, file, &error, 0);
    }
    None
}

fn check(shape: &PackFile, file: &Arc<SourceFile>, mistakes: &mut Mistakes) {
    if let Err(error) = Version::parse(&shape.version.value) {
        let message = format!("`{}` is no version: {error}", shape.version.value);
        mistakes.error(VERSIONS, file, shape.version.range.clone(), message).help =
            Some("write three numbers: 1.4.0".into());
    }
    fits(&shape.engine, file, mistakes);
}

/// Whether this version of the program is one of those that are asked for.
fn fits(engine: &Text, file: &Arc<SourceFile>, mistakes: &mut Mistakes) -> bool {
    let (message, help) = match VersionReq::parse(&engine.value) {
        Ok(wanted) if matches(&wanted) => return true,
        Ok(wanted) => (
            format!("the pack is for certwhy {wanted}, and this is certwhy {ENGINE}"),
            format!("take a version of certwhy that is {wanted}, or a version of the pack that is for {ENGINE}"),
        ),
        Err(error) => (
            format!("`{}` says no versions of certwhy: {error}", engine.value),
            "write which ones the pack fits: \">=0.1, <2\"".to_owned(),
        ),
    };
    mistakes.error(VERSIONS, file, engine.range.clone(), message).help = Some(help);
    false
}

/// A version before a release counts as that release: packs are tried with it.
fn matches(wanted: &VersionReq) -> bool {
    Version::parse(ENGINE).is_ok_and(|engine| wanted.matches(&Version { pre: Prerelease::EMPTY, ..engine }))
}
