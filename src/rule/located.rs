//! Values of YAML files with their places, and the reading of a file.
//!
//! This is the only module that names the YAML reader of rule files.

use std::fmt;
use std::ops::Range;

use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// A value and the bytes of the file where it stands. Two are equal when their values are.
#[derive(Debug, Clone, Default)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Byte range in the file; empty where it is not known.
    pub range: Range<usize>,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The compact form of the embedded pack holds plain values: its places are of no use at run time.
        if !deserializer.is_human_readable() {
            let value = T::deserialize(deserializer)?;
            return Ok(Located { value, range: 0..0 });
        }
        #[cfg(feature = "packs")]
        {
            let spanned = serde_saphyr::Spanned::<T>::deserialize(deserializer)?;
            let span = spanned.referenced.span();
            let start = span.byte_offset().unwrap_or(0) as usize;
            let len = span.byte_len().unwrap_or(0) as usize;
            Ok(Located { value: spanned.value, range: start..start + len })
        }
        #[cfg(not(feature = "packs"))]
        Err(de::Error::custom(NO_PACKS))
    }
}

impl<T: Serialize> Serialize for Located<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

/// Text with its place.
pub type Text = Located<String>;

/// A list that may be written as its single element.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OneOrMany(pub Vec<Text>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Located::<Strings>::deserialize(deserializer)?;
        Ok(match node.value {
            Strings::One(value) => OneOrMany(vec![Located { value, range: node.range }]),
            Strings::Many(list) => OneOrMany(list),
        })
    }
}

enum Strings {
    One(String),
    Many(Vec<Text>),
}

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StringsVisitor;
        impl<'de> Visitor<'de> for StringsVisitor {
            type Value = Strings;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<Strings, E> {
                Ok(Strings::One(v.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Strings, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = seq.next_element::<Text>()? {
                    list.push(item);
                }
                Ok(Strings::Many(list))
            }
        }
        deserializer.deserialize_any(StringsVisitor)
    }
}

/// Any YAML value with its place: conditions over facts and values of facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What stands there.
    pub kind: NodeKind,
    /// Where.
    pub range: Range<usize>,
}

/// The kinds of [`Node`]. Numbers keep their text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
    /// `~` or nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// Any other scalar.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<(Text, Node)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Located::<NodeKind>::deserialize(deserializer)?;
        Ok(Node { kind: node.value, range: node.range })
    }
}

impl<'de> Deserialize<'de> for NodeKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NodeVisitor;
        impl<'de> Visitor<'de> for NodeVisitor {
            type Value = NodeKind;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E: de::Error>(self) -> Result<NodeKind, E> {
                Ok(NodeKind::Null)
            }
            fn visit_none<E: de::Error>(self) -> Result<NodeKind, E> {
                Ok(NodeKind::Null)
            }
            fn visit_bool<E: de::Error>(self, v: bool) -> Result<NodeKind, E> {
                Ok(NodeKind::Bool(v))
            }
            fn visit_i64<E: de::Error>(self, v: i64) -> Result<NodeKind, E> {
                Ok(NodeKind::Number(v.to_string()))
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<NodeKind, E> {
                Ok(NodeKind::Number(v.to_string()))
            }
            fn visit_f64<E: de::Error>(self, v: f64) -> Result<NodeKind, E> {
                Ok(NodeKind::Number(v.to_string()))
            }
            fn visit_str<E: de::Error>(self, v: &str) -> Result<NodeKind, E> {
                Ok(NodeKind::Text(v.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<NodeKind, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = seq.next_element()? {
                    list.push(item);
                }
                Ok(NodeKind::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NodeKind, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(NodeKind::Map(entries))
            }
        }
        deserializer.deserialize_any(NodeVisitor)
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.kind {
            NodeKind::Null => serializer.serialize_unit(),
            NodeKind::Bool(v) => serializer.serialize_bool(*v),
            NodeKind::Number(text) => match text.parse::<i64>() {
                Ok(v) => serializer.serialize_i64(v),
                Err(_) => serializer.serialize_f64(text.parse().unwrap_or(f64::NAN)),
            },
            NodeKind::Text(v) => serializer.serialize_str(v),
            NodeKind::List(list) => serializer.collect_seq(list),
            NodeKind::Map(map) => serializer.collect_map(map.iter().map(|(k, v)| (&k.value, v))),
        }
    }
}

/// What is wrong with the text of a file: message and byte range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The reader's message.
    pub message: String,
    /// Where.
    pub range: Range<usize>,
}

/// Why rules are not read.
#[cfg(not(feature = "packs"))]
const NO_PACKS: &str = "this build has only the built-in rules; to read others, build it with the feature `packs`";

/// Refuses to read rules: only what the build has read is known.
///
/// # Errors
/// Always.
#[cfg(not(feature = "packs"))]
pub fn parse<T: de::DeserializeOwned>(_: &str) -> Result<T, ParseError> {
    Err(ParseError { message: NO_PACKS.to_owned(), range: 0..0 })
}

/// Reads one YAML file into its shape.
///
/// # Errors
/// The first syntax or shape error of the file, with its place. Limits on nodes, depth and
/// aliases keep hostile files from taking time or memory.
#[cfg(feature = "packs")]
pub fn parse<T: de::DeserializeOwned>(text: &str) -> Result<T, ParseError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: 60_000, max_depth: 32, max_aliases: 100 },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let range = error.location().map_or(0..0, |location| {
            let span = location.span();
            let start = span.byte_offset().map_or(0, |v| v as usize).min(text.len());
            start..(start + span.byte_len().unwrap_or(1).max(1) as usize).min(text.len())
        });
        // The place is shown beside the message, and options of the reader are no way out for an author.
        let message = error.without_snippet().to_string();
        let message = message.split(" at line ").next().unwrap_or(&message);
        let message = message.split(", set ").next().unwrap_or(message).to_owned();
        ParseError { message, range }
    })
}

impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Located<T> {}

impl<T: Ord> PartialOrd for Located<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> Ord for Located<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}
