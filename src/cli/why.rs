//! `plimsoll why ROOT KIND/NAME PATH`: the story of one value of a build: where it was written, and what changed it on the
//! way to the root.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::engine::{self, Way};
use crate::finding::{Segment, nearest};
use crate::kube::Resource;
use crate::overlay::kustomize::{Problem, Rendered, Renderer, layers};
use crate::overlay::unit_name;
use crate::source::{Snapshot, Span, walk};
use crate::yaml::{Node, NodeKind, Origin};

use super::deployed::{self, Deployed};
use super::job::ConfigArguments;
use super::render::{refusal, told};
use super::{Refusal, root};

/// So many values below a path are told of.
const MOST: usize = 40;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The folder of the kustomization
    root: PathBuf,
    /// The object: its kind and its name, as it was written or as it is deployed
    #[arg(value_name = "KIND/NAME")]
    object: String,
    /// The value, as `spec.template.spec.containers[web].image`; items by name or number
    path: String,
    /// As an Application or a Flux Kustomization deploys it: its name, as NAME, Application/argocd/NAME or the path
    /// of its file. The one that deploys the folder unless given, where there is one
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,
    /// Read files outside the folder of their kustomization, as `--load-restrictor LoadRestrictionsNone` does
    #[arg(long)]
    no_load_restrictor: bool,
    #[command(flatten)]
    config: ConfigArguments,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Refusal> {
    let current = super::job::current()?;
    let place = root::find(std::slice::from_ref(&arguments.root), &current)?;
    let folder = place.wanted.first().map_or("", String::as_str);
    let (all, config) = deployed::read(&place, &arguments.config)?;
    let deployed = Deployed::of(&all, &config);
    let Deployment { objects: by_owner, note } = deployment(&deployed, arguments.owner.as_deref(), folder)?;
    let alone;
    let snapshot = if by_owner.is_some() {
        &all
    } else {
        let mut listing = walk(&place.root, &[String::new()], &place.wanted, &|_| true);
        engine::complete(&mut listing, &config.remotes);
        alone = listing.snapshot();
        &alone
    };
    let remotes = &deployed.config.remotes;
    let outside = arguments.no_load_restrictor || by_owner.is_some();
    let renderer = Renderer::new(snapshot, outside).with_remotes(remotes);
    let is_deployed = by_owner.is_some();
    let top = match by_owner {
        Some(made) => made.iter().flat_map(|object| object.resources(snapshot)).collect(),
        None => objects(&renderer, folder, snapshot).map_err(|problem| refusal(&problem, snapshot))?,
    };
    // a Component has no objects of its own, and a base may need what its overlay brings
    let below: Vec<Vec<Resource>> = layers(snapshot, folder, remotes)
        .iter()
        .filter(|layer| is_deployed || layer.as_str() != folder)
        .filter_map(|layer| objects(&renderer, layer, snapshot).ok())
        .collect();
    let object = find(&arguments.object, &top, &below, snapshot)?;
    let path = parse(&arguments.path, object.node())?;
    let mut scalars = Vec::new();
    below_path(object.node(), path, &mut scalars);
    let named = unit_name(folder);
    let mut out = note.map_or_else(String::new, |note| format!("{note}\n\n"));
    for path in scalars.iter().take(MOST) {
        let mut lines = Vec::new();
        let mut before: Option<(String, Origin)> = None;
        let own = |layer: &'_ Vec<Resource>| layer.iter().position(|one| is_same(one, object));
        let passed = below.iter().filter_map(|layer| layer.get(own(layer)?)).chain([object]);
        for layer in passed {
            let Some((value, origin)) = value(layer, path) else { continue };
            lines.extend(news(before.as_ref(), &value, &origin, snapshot));
            before = Some((value, origin));
        }
        let Some((value, _)) = before else { continue };
        let field = object.node().named(path).to_field_path();
        let _ = writeln!(out, "{named}: {}/{} `{field}` is {value}\n", object.key.kind, object.key.name);
        let widest = |part: fn(&Line) -> &str| lines.iter().map(|line| part(line).chars().count()).max().unwrap_or(0);
        let (places, values) = (widest(|line| &line.place), widest(|line| &line.value));
        for Line { place, value, what } in &lines {
            let _ = writeln!(out, "  {place:places$}  {value:values$}  {what}");
        }
        out.push('\n');
    }
    if scalars.len() > MOST {
        let _ = writeln!(out, "and {} more below `{}`", scalars.len() - MOST, arguments.path);
    }
    super::print(&out);
    Ok(0)
}

/// What is told of: a build as its owner deploys it, or alone.
struct Deployment {
    /// What the owner makes of it; nothing where it is the build alone.
    objects: Option<Vec<Rendered>>,
    /// What is to be said of that first.
    note: Option<String>,
}

/// The owner that is asked for, or the one that there is.
fn deployment(deployed: &Deployed<'_>, owner: Option<&str>, folder: &str) -> Result<Deployment, Refusal> {
    let named = unit_name(folder);
    let by = |way: &Way| {
        let first = way.owners().first();
        let place = first.and_then(|one| told(one.place, deployed.snapshot)).unwrap_or_default();
        let first = first.map_or("", |one| one.owner.as_str());
        match way.owners().len() {
            0 | 1 => format!("{first} deploys it ({place})"),
            all => format!("{first} ({place}) and {} more deploy it", all - 1),
        }
    };
    if let Some(owner) = owner {
        let ways = deployed.ways_of(owner, Some(folder))?;
        let mut objects = Vec::new();
        for way in &ways {
            objects.extend(deployed.objects(way)?);
        }
        let note = ways.first().map(|way| format!("{named} as {}", by(way)));
        return Ok(Deployment { objects: Some(objects), note });
    }
    let ways: Vec<&Way> = deployed.of_folder(folder).collect();
    Ok(match ways.as_slice() {
        [] => Deployment { objects: None, note: None },
        [way] => match deployed.objects(way) {
            Ok(objects) => Deployment { objects: Some(objects), note: Some(format!("{named} as {}", by(way))) },
            Err(why) => {
                let note = format!("{named} as it is built alone: {}, and it stops there: {}", by(way), why.message);
                Deployment { objects: None, note: Some(note) }
            }
        },
        ways => {
            let all: Vec<String> = ways.iter().map(|way| by(way)).collect();
            let note = format!("{named} as it is built alone; --owner takes one of its owners: {}", all.join(", "));
            Deployment { objects: None, note: Some(note) }
        }
    })
}

fn objects(renderer: &Renderer<'_>, folder: &str, snapshot: &Snapshot) -> Result<Vec<Resource>, Problem> {
    Ok(renderer.render(folder)?.iter().flat_map(|object| object.resources(snapshot)).collect())
}

/// Whether two are one object at different layers.
fn is_same(one: &Resource, other: &Resource) -> bool {
    one.node().span() == other.node().span() && one.gvk.kind == other.gvk.kind
}

/// The object of the top that goes by a name there or in a layer below.
fn find<'a>(
    wanted: &str,
    top: &'a [Resource],
    below: &[Vec<Resource>],
    snapshot: &Snapshot,
) -> Result<&'a Resource, Refusal> {
    let source = |id| snapshot.source(id).ok().cloned();
    let Some((kind, name)) = wanted.split_once('/') else {
        return Err(Refusal::new(format!("`{wanted}` names no object")).help("write its kind and name: Deployment/web"));
    };
    let is = |one: &&Resource| {
        one.key.kind.eq_ignore_ascii_case(kind)
            && (one.key.name == name || one.written_name(&source).as_deref() == Some(name))
    };
    if let Some(found) = top.iter().find(is) {
        return Ok(found);
    }
    let former = below.iter().flatten().filter(is);
    let mut found = former.filter_map(|one| top.iter().find(|other| is_same(one, other)));
    if let Some(found) = found.next() {
        return Ok(found);
    }
    let names: Vec<String> = top.iter().map(|one| format!("{}/{}", one.key.kind, one.key.name)).collect();
    let near = nearest(wanted, names.iter().map(String::as_str));
    let near = near.map_or_else(
        || format!("it has {}", names.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean {near}?"),
    );
    Err(Refusal::new(format!("the build has no {wanted}")).help(near))
}

/// A path into an object: `a.b[0]`, `a[name].b`, `metadata.annotations[example.com/a]`.
fn parse(text: &str, root: Node<'_>) -> Result<Vec<Segment>, Refusal> {
    let mut path = Vec::new();
    let mut node = root;
    let mut rest = text.trim_start_matches('.');
    while !rest.is_empty() {
        let (part, after, bracketed) = match rest.strip_prefix('[') {
            Some(inside) => match inside.split_once(']') {
                Some((part, after)) => (part, after, true),
                None => {
                    return Err(
                        Refusal::new(format!("`{text}`: a bracket is not closed")).help("write a[0] or a[name]")
                    );
                }
            },
            None => {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                (rest.get(..end).unwrap_or(rest), rest.get(end..).unwrap_or(""), false)
            }
        };
        let segment = match node.kind() {
            NodeKind::Sequence => {
                let at = part
                    .parse()
                    .ok()
                    .or_else(|| node.items().position(|item| item.item_name().as_deref() == Some(part)));
                at.map(|at| Segment::Item(at, None))
            }
            NodeKind::Mapping => Some(Segment::Key(part.trim_matches(['"', '\'']).to_owned())),
            NodeKind::Scalar => None,
        };
        let next =
            segment.as_ref().map(|segment| root.find(&[path.as_slice(), std::slice::from_ref(segment)].concat()));
        match (segment, next) {
            (Some(segment), Some(next)) if next.complete => {
                path.push(segment);
                node = next.node;
            }
            _ => return Err(nothing_at(part, &path, node, root, bracketed)),
        }
        rest = after.trim_start_matches('.');
    }
    Ok(path)
}

fn nothing_at(part: &str, path: &[Segment], node: Node<'_>, root: Node<'_>, bracketed: bool) -> Refusal {
    let there: Vec<String> = match node.kind() {
        NodeKind::Mapping => node.entries().map(|entry| entry.key.key_text().into_owned()).collect(),
        NodeKind::Sequence => {
            node.items().enumerate().map(|(at, item)| item.item_name().unwrap_or_else(|| at.to_string())).collect()
        }
        NodeKind::Scalar => Vec::new(),
    };
    let above = root.named(path).to_field_path();
    let above = if above.is_empty() { "the object".to_owned() } else { format!("`{above}`") };
    let shown = if bracketed { format!("[{part}]") } else { part.to_owned() };
    let help = match nearest(part, there.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if there.is_empty() => "it is a value without parts".to_owned(),
        None => format!("it has {}", there.join(", ")),
    };
    Refusal::new(format!("{above} has no `{shown}`: nothing sets it")).help(help)
}

/// The paths of all scalars at and below a path.
fn below_path(root: Node<'_>, path: Vec<Segment>, into: &mut Vec<Vec<Segment>>) {
    let node = root.find(&path).node;
    let with = |segment| [path.as_slice(), &[segment]].concat();
    match node.kind() {
        NodeKind::Scalar => into.push(path),
        NodeKind::Mapping => {
            for entry in node.entries() {
                below_path(root, with(Segment::Key(entry.key.key_text().into_owned())), into);
            }
        }
        NodeKind::Sequence => {
            for at in 0..node.items().count() {
                below_path(root, with(Segment::Item(at, None)), into);
            }
        }
    }
}

/// A value with where it comes from. Items are looked for by name first, as a layer above may have put others before.
fn value(object: &Resource, path: &[Segment]) -> Option<(String, Origin)> {
    let found = object.node().find(path);
    if !found.complete || found.node.kind() != NodeKind::Scalar {
        return None;
    }
    let origin = object.tree.origin(found.node.index())?;
    let text = found.node.text().unwrap_or("");
    let mut lines = text.lines();
    let first = lines.next().unwrap_or("");
    let more = lines.next().is_some() || first.chars().count() > 60;
    let first: String = first.chars().take(60).collect();
    Some((format!("`{first}{}`", if more { "…" } else { "" }), origin.into_owned()))
}

struct Line {
    place: String,
    value: String,
    what: String,
}

/// What a layer did to a value.
fn news(before: Option<&(String, Origin)>, value: &str, origin: &Origin, snapshot: &Snapshot) -> Vec<Line> {
    let place = |span: Span| told(span, snapshot).unwrap_or_default();
    let line = |span: Span, what: String| Line { place: place(span), value: value.to_owned(), what };
    let known = before.filter(|(_, old)| old.written == origin.written).map_or(0, |(_, old)| old.steps.len());
    let is_new = before.is_none_or(|(_, old)| old.written != origin.written);
    let steps = origin.steps.get(known..).unwrap_or(&[]);
    let mut out = Vec::new();
    match steps.first() {
        Some(step) if is_new && step.entry == origin.written => {}
        Some(step) if is_new && origin.exact => {
            out.push(line(origin.written, format!("by `{}`, {}", step.what, place(step.entry))));
            return out;
        }
        _ if is_new => out.push(line(origin.written, "written".to_owned())),
        _ => {}
    }
    out.extend(steps.iter().map(|step| line(step.entry, format!("by `{}`", step.what))));
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::{Source, SourceId};

    #[test]
    fn paths_go_by_names_and_numbers() {
        let text =
            "spec:\n  containers:\n  - name: web\n    image: x\nmetadata:\n  annotations:\n    example.com/a: b\n";
        let source = Arc::new(Source::new(SourceId(0), "a.yaml", text.into()));
        let documents = crate::yaml::documents(&source);
        let root = documents.first().and_then(|document| document.tree.as_ref()).map(|tree| tree.root()).unwrap();
        let read = |path: &str| parse(path, root).map(|path| root.find(&path).node.text().unwrap_or("").to_owned());
        for path in ["spec.containers[web].image", ".spec.containers[0].image", "spec.containers.0.image"] {
            assert_eq!(read(path).ok().as_deref(), Some("x"), "{path}");
        }
        assert_eq!(read("metadata.annotations[example.com/a]").ok().as_deref(), Some("b"));
        for (path, wanted) in [
            ("spec.containers[web].imag", "`spec.containers[0]` has no `imag`: nothing sets it"),
            ("spec.containers[3]", "`spec.containers` has no `[3]`: nothing sets it"),
            ("spec.containers[0", "`spec.containers[0`: a bracket is not closed"),
            ("nothing", "the object has no `nothing`: nothing sets it"),
        ] {
            assert_eq!(read(path).err().map(|refusal| refusal.message).as_deref(), Some(wanted));
        }
    }
}
