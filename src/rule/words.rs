//! The words that authors write, and the numbers behind them: the only place that knows both.
//!
//! The numbers are the design's: one specific signal that a cause usually shows lifts an
//! occasional cause to about .95, a common one leaves it under the reporting threshold.

/// A closed set of words, each with what it stands for.
pub trait Words: Sized + Copy + 'static {
    /// Every word and its meaning, in the order in which documentation lists them.
    const ALL: &'static [(&'static str, Self)];

    /// The meaning of a word.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(w, _)| *w == word).map(|(_, v)| *v)
    }
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl Words for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($word, $name::$variant)),+];
        }

        impl $name {
            /// The word as written in rules and output.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// How often a cause is the cause among all incidents.
    Prior {
        /// .03
        Common = "common",
        /// .012
        Occasional = "occasional",
        /// .005
        Uncommon = "uncommon",
        /// .002
        Rare = "rare",
        /// .0008
        VeryRare = "very-rare",
    }
}

words! {
    /// How often a cause shows a signal.
    How {
        /// .97
        Always = "always",
        /// .8
        Usually = "usually",
        /// .5
        Often = "often",
        /// .25
        Sometimes = "sometimes",
        /// .1
        Rarely = "rarely",
    }
}

words! {
    /// How often a signal shows up for no known reason.
    Leak {
        /// .0005
        Specific = "specific",
        /// .002
        Rare = "rare",
        /// .006
        Normal = "normal",
        /// .02
        Common = "common",
        /// .07
        Noisy = "noisy",
    }
}

words! {
    /// Where in the pipeline something happens. `renewal` and `host` run beside it.
    Stage {
        /// The agent on the host.
        Bot = "bot",
        /// The connection to the CA.
        Connector = "connector",
        /// The request.
        Csr = "csr",
        /// Domain control validation.
        Dcv = "dcv",
        /// The CA signs.
        Issuance = "issuance",
        /// The certificate reaches the target.
        Deploy = "deploy",
        /// The service takes it up.
        Reload = "reload",
        /// Clients see it.
        Verify = "verify",
        /// Schedules and their state.
        Renewal = "renewal",
        /// The machine itself.
        Host = "host",
    }
}

words! {
    /// How finished a rule is.
    Status {
        /// New, may change.
        Experimental = "experimental",
        /// Settled.
        Stable = "stable",
        /// On its way out.
        Deprecated = "deprecated",
    }
}

words! {
    /// What a step can break.
    Risk {
        /// Looks only.
        ReadOnly = "read-only",
        /// Changes a file or a setting.
        Change = "change",
        /// Reloads a service.
        Reload = "reload",
        /// Restarts a service.
        Restart = "restart",
        /// Orders a new certificate.
        Reissue = "reissue",
    }
}

words! {
    /// What a test of a cause expects.
    Expect {
        /// Ranked first, above the reporting threshold.
        First = "first",
        /// Among the ranked causes.
        Listed = "listed",
        /// Not listed.
        Absent = "absent",
    }
}

words! {
    /// The type of a fact.
    FactKind {
        /// Free text.
        Text = "text",
        /// What a program said: its patterns are looked for in it as in a record of a log.
        Message = "message",
        /// A number.
        Number = "number",
        /// Yes or no.
        YesNo = "yes-no",
        /// A point in time.
        Time = "time",
        /// A list of words.
        List = "list",
        /// One of a few words.
        Choice = "choice",
    }
}

impl Prior {
    /// π, the probability before any evidence.
    pub fn number(self) -> f64 {
        match self {
            Prior::Common => 0.03,
            Prior::Occasional => 0.012,
            Prior::Uncommon => 0.005,
            Prior::Rare => 0.002,
            Prior::VeryRare => 0.0008,
        }
    }
}

impl How {
    /// q, the strength of the edge.
    pub fn number(self) -> f64 {
        match self {
            How::Always => 0.97,
            How::Usually => 0.8,
            How::Often => 0.5,
            How::Sometimes => 0.25,
            How::Rarely => 0.1,
        }
    }
}

impl Leak {
    /// λ, the probability that the signal stands there without any known cause.
    pub fn number(self) -> f64 {
        match self {
            Leak::Specific => 0.0005,
            Leak::Rare => 0.002,
            Leak::Normal => 0.006,
            Leak::Common => 0.02,
            Leak::Noisy => 0.07,
        }
    }
}

impl Risk {
    /// What the risk costs when fixes are ordered, in minutes: a judgement, not a measurement.
    pub fn minutes(self) -> f64 {
        match self {
            Risk::ReadOnly => 0.0,
            Risk::Change => 5.0,
            Risk::Reload => 5.0,
            Risk::Restart => 15.0,
            Risk::Reissue => 30.0,
        }
    }
}

impl Stage {
    /// Position in the pipeline; `None` for what runs beside it.
    pub fn position(self) -> Option<u8> {
        match self {
            Stage::Bot => Some(0),
            Stage::Connector => Some(1),
            Stage::Csr => Some(2),
            Stage::Dcv => Some(3),
            Stage::Issuance => Some(4),
            Stage::Deploy => Some(5),
            Stage::Reload => Some(6),
            Stage::Verify => Some(7),
            Stage::Renewal | Stage::Host => None,
        }
    }
}
