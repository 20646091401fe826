//! When a policy can find something at all: what it asks of the objects around one, under `custom.when`.

use crate::graph::Presence;

use super::doubt;

/// Where the kinds keep their pod spec: `pod` at the start of a path stands for all of these.
pub(super) const PODS: [&str; 3] =
    ["object.spec", "object.spec.template.spec", "object.spec.jobTemplate.spec.template.spec"];

/// How many sets of doubts there are.
const DOUBTS: usize = 1 << doubt::NAMES.len();

/// How many situations there are: with Services or without, what is known of autoscalers and of a target, and what is
/// doubtful.
pub(super) const SITUATIONS: usize = 2 * 3 * 3 * DOUBTS;

/// A situation as a number below [`SITUATIONS`].
pub(super) fn situation(served: bool, scaled: Presence, aimed: Presence, doubts: u8) -> usize {
    ((usize::from(served) * 3 + place(scaled)) * 3 + place(aimed)) * DOUBTS + usize::from(doubts)
}

fn place(presence: Presence) -> usize {
    match presence {
        Presence::Found => 0,
        Presence::Missing => 1,
        Presence::Unknowable => 2,
    }
}

/// One thing that has to be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    /// `services`: the list is not empty.
    Services,
    /// `autoscalers`, `autoscalers missing`.
    Autoscalers(Presence),
    /// `target`, `target missing`.
    Target(Presence),
    /// `doubtful resources` and the like: the object is not plainly in order in that respect.
    Doubtful(u8),
}

impl Condition {
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "services" => Self::Services,
            "autoscalers" => Self::Autoscalers(Presence::Found),
            "autoscalers missing" => Self::Autoscalers(Presence::Missing),
            "target" => Self::Target(Presence::Found),
            "target missing" => Self::Target(Presence::Missing),
            _ => Self::Doubtful(doubt::of_name(text.strip_prefix("doubtful ")?)?),
        })
    }

    /// Whether it is so in a situation.
    pub fn holds(self, situation: usize) -> bool {
        let doubts = situation % DOUBTS;
        let situation = situation / DOUBTS;
        match self {
            Self::Doubtful(doubt) => doubts & usize::from(doubt) != 0,
            Self::Services => situation / 9 == 1,
            Self::Autoscalers(presence) => situation / 3 % 3 == place(presence),
            Self::Target(presence) => situation % 3 == place(presence),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_holds_where_it_says() {
        let all = [Presence::Found, Presence::Missing, Presence::Unknowable];
        for at in 0..18 {
            let (served, scaled, aimed) = (at / 9 == 1, all[at / 3 % 3], all[at % 3]);
            let here = situation(served, scaled, aimed, 1);
            assert!(here < SITUATIONS);
            for (text, expected) in [
                ("services", served),
                ("autoscalers", scaled == Presence::Found),
                ("autoscalers missing", scaled == Presence::Missing),
                ("target", aimed == Presence::Found),
                ("target missing", aimed == Presence::Missing),
                ("doubtful resources", true),
                ("doubtful probes", false),
            ] {
                assert_eq!(Condition::parse(text).unwrap().holds(here), expected, "{text}");
            }
        }
        assert_eq!(Condition::parse("pods"), None);
    }
}
