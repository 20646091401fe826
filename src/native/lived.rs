//! What the checks of the pack `portability` share: one object's kind at each wanted minor. Leaves out what is said of
//! it.

use crate::check::{CheckMeta, Draft, Findings, Standing, Target};
use crate::facts::{self, Life, ranges};
use crate::finding::{Pointer, Segment, Severity};
use crate::kube::Resource;
use crate::source::Span;
use crate::yaml::Node;

/// An object of a kind that Kubernetes has, had or will have, and the wanted minors.
pub(super) struct Lived<'a> {
    pub life: &'static Life,
    resource: &'a Resource,
    standing: Standing,
    minors: &'a [u16],
}

impl<'a> Lived<'a> {
    /// Nothing for what is no object, or whose kind is not Kubernetes' own.
    pub fn of(target: &Target<'a>) -> Option<Self> {
        let Target::Resource { resource, standing, minors, .. } = target else { return None };
        let gvk = &resource.gvk;
        let life = facts::life(&gvk.group, &gvk.version, &gvk.kind)?;
        Some(Self { life, resource, standing: *standing, minors })
    }

    /// The wanted minors that have the kind.
    pub fn served(&self) -> Vec<u16> {
        self.minors.iter().copied().filter(|minor| self.life.is_served(*minor)).collect()
    }

    /// The wanted minors that have it no more.
    pub fn gone(&self) -> Vec<u16> {
        self.absent(|minor| self.life.removed.is_some_and(|removed| minor >= removed))
    }

    /// The wanted minors that do not have it yet.
    pub fn early(&self) -> Vec<u16> {
        self.absent(|minor| self.life.removed.is_none_or(|removed| minor < removed))
    }

    fn absent(&self, which: impl Fn(u16) -> bool) -> Vec<u16> {
        self.minors.iter().copied().filter(|minor| which(*minor) && !self.life.is_served(*minor)).collect()
    }

    /// As the file has it: `` `policy/v1beta1 PodDisruptionBudget` ``.
    pub fn named(&self) -> String {
        format!("`{} {}`", self.life.api_version(), self.life.kind)
    }

    /// `; valid on 1.29 to 1.33`, where some wanted minor takes it.
    pub fn valid(&self) -> String {
        let served = self.served();
        if served.is_empty() { String::new() } else { format!("; valid on {}", ranges(&served)) }
    }

    /// What to write instead, for all wanted minors where there is such a version, with what moves on the way.
    pub fn instead(&self) -> String {
        let migration = self.life.migration.map_or_else(String::new, |text| format!(": {text}"));
        let Some((api_version, kind)) = self.life.replacement.filter(|(to, kind)| self.is_reachable(to, kind)) else {
            return match self.life.migration {
                Some(text) => format!("no version takes its place: {text}"),
                None => "remove it: no version of Kubernetes' own takes its place".to_owned(),
            };
        };
        let same = if kind == self.life.kind { String::new() } else { format!(" {kind}") };
        let (group, _) = api_version.split_once('/').unwrap_or(("", api_version));
        match facts::served_by_all(group, kind, self.minors) {
            Some(life) if life.api_version() != self.life.api_version() => {
                format!("use `{}{same}`{migration}", life.api_version())
            }
            _ => {
                let since = self.since(api_version, kind);
                format!("use `{api_version}{same}`{since}{migration}")
            }
        }
    }

    /// Whether some wanted minor has a version of the replacement.
    fn is_reachable(&self, api_version: &str, kind: &str) -> bool {
        let (group, _) = api_version.split_once('/').unwrap_or(("", api_version));
        self.minors.iter().any(|minor| facts::served_by_all(group, kind, &[*minor]).is_some())
    }

    /// That a replacement is not there for all who ask.
    fn since(&self, api_version: &str, kind: &str) -> String {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let life = facts::life(group, version, kind);
        let without: Vec<u16> =
            self.minors.iter().copied().filter(|minor| life.is_none_or(|life| !life.is_served(*minor))).collect();
        if without.is_empty() { String::new() } else { format!(", which {} does not have", ranges(&without)) }
    }

    /// Tells it of the apiVersion, at some of the wanted minors. What a patch says of its target is the target's to
    /// mend, and a build may keep the target's own: no error.
    pub fn tell(&self, meta: &CheckMeta, findings: &mut Findings<'_>, at: &[u16], message: String, help: String) {
        let root = self.resource.node();
        let mut draft = Draft::new(self.place(), message);
        draft.help = Some(help);
        draft.subject = Some(self.resource.key.clone());
        draft.pointer = self.pointer(root);
        if at.len() < self.minors.len() {
            draft.versions = at.to_vec();
        }
        if self.standing == Standing::Patch && meta.severity == Severity::Error {
            draft.severity = Some(Severity::Warning);
        }
        findings.add(meta, draft);
    }

    fn pointer(&self, root: Node<'_>) -> Pointer {
        root.named(&[Segment::Key("apiVersion".into())])
    }

    fn place(&self) -> Span {
        let root = self.resource.node();
        // an item of a typed list need not say its own
        let said = root.get("apiVersion").or_else(|| self.resource.tree.root().get("apiVersion"));
        said.map_or_else(|| root.handle(), Node::span)
    }
}
