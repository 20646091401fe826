//! Making the bytes of a pack from what a [`super::Packer`] has collected: numbers for nodes, ranks for strings,
//! lists once each.

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::draft::{Content, Draft, NodeId, TextId};
use super::format::{HEADER_BYTES, MAGIC, NO_STRING, SECTION_BYTES, Section, VALIDATION_WORDS, VERSION};

/// What goes into a pack, in the packer's numbers.
pub(super) struct Tables<'a> {
    pub texts: &'a [Rc<str>],
    pub drafts: &'a [&'a Draft],
    /// For each draft the one that stands for it.
    pub class: &'a [u32],
    /// Group, version and kind, sorted.
    pub kinds: Vec<Row>,
    /// The name, sorted.
    pub definitions: Vec<Row>,
    pub root: Option<NodeId>,
    /// Project, version, plural name and whether namespaced, one for each of `kinds` or none at all.
    pub origins: Vec<([TextId; 3], bool)>,
}

/// The columns of a table that are texts, and the node of each minor.
type Row = (Vec<TextId>, BTreeMap<u16, NodeId>);

impl Tables<'_> {
    pub fn write(&self) -> Vec<u8> {
        let mut writer = Writer::new(self);
        let lifetimes = |writer: &mut Writer<'_>, rows: &[Row]| -> Vec<u32> {
            rows.iter().map(|(_, minors)| writer.lifetimes(minors)).collect()
        };
        let kind_lifetimes = lifetimes(&mut writer, &self.kinds);
        let definition_lifetimes = lifetimes(&mut writer, &self.definitions);
        let root: Vec<u32> = self.root.iter().map(|root| writer.number(*root)).collect();
        writer.write_nodes();

        for (texts, _) in self.kinds.iter().chain(&self.definitions) {
            texts.iter().for_each(|text| writer.use_text(*text));
        }
        for (texts, _) in &self.origins {
            texts.iter().for_each(|text| writer.use_text(*text));
        }
        let (ranks, strings, string_ends) = writer.sorted_strings();
        let rank = |text: TextId| ranks.get(text.0 as usize).copied().unwrap_or(NO_STRING);
        let table = |rows: &[Row], lifetimes: &[u32]| -> Vec<u32> {
            let rows = rows.iter().zip(lifetimes);
            rows.flat_map(|((texts, _), lifetimes)| texts.iter().map(|text| rank(*text)).chain([*lifetimes])).collect()
        };
        let kinds = table(&self.kinds, &kind_lifetimes);
        let definitions = table(&self.definitions, &definition_lifetimes);
        let origin = |(texts, namespaced): &([TextId; 3], bool)| {
            let [project, version, plural] = texts.map(rank);
            [project, version, plural, u32::from(*namespaced)]
        };
        let origins: Vec<u32> = self.origins.iter().flat_map(origin).collect();
        let mut words = writer.words;
        for at in writer.text_places {
            if let Some(word) = words.get_mut(at) {
                *word = rank(TextId(*word));
            }
        }
        let mut sections = vec![
            (Section::StringEnds, bytes_of(&string_ends)),
            (Section::Nodes, bytes_of(&writer.node_starts)),
            (Section::Words, bytes_of(&words)),
            (Section::Kinds, bytes_of(&kinds)),
            (Section::Definitions, bytes_of(&definitions)),
            (Section::Root, bytes_of(&root)),
        ];
        if !origins.is_empty() {
            sections.push((Section::Origins, bytes_of(&origins)));
        }
        // Last, for it is the only one whose length is no multiple of four.
        sections.push((Section::Strings, strings));
        assemble(&sections)
    }
}

/// The sections of a pack while they are being filled.
struct Writer<'a> {
    tables: &'a Tables<'a>,
    /// The nodes of the pack, in the order in which they were first asked for.
    order: Vec<u32>,
    numbers: FxHashMap<u32, u32>,
    node_starts: Vec<u32>,
    words: Vec<u32>,
    lists: FxHashMap<Vec<u32>, u32>,
    /// Words that hold a [`TextId`] and want a rank.
    text_places: Vec<usize>,
    used: Vec<bool>,
}

impl<'a> Writer<'a> {
    fn new(tables: &'a Tables<'a>) -> Writer<'a> {
        Writer {
            tables,
            order: Vec::new(),
            numbers: FxHashMap::default(),
            node_starts: Vec::new(),
            words: Vec::new(),
            lists: FxHashMap::default(),
            text_places: Vec::new(),
            used: vec![false; tables.texts.len()],
        }
    }

    /// The number of a node in the pack; asking for it puts it there.
    fn number(&mut self, node: NodeId) -> u32 {
        let class = self.tables.class.get(node.0 as usize).copied().unwrap_or(node.0);
        let next = small(self.order.len());
        *self.numbers.entry(class).or_insert_with(|| {
            self.order.push(class);
            next
        })
    }

    fn lifetimes(&mut self, minors: &BTreeMap<u16, NodeId>) -> u32 {
        let mut spans: Vec<(u16, u16, u32)> = Vec::new();
        for (minor, node) in minors {
            let node = self.number(*node);
            match spans.last_mut() {
                Some((_, last, same)) if *same == node && last.checked_add(1) == Some(*minor) => *last = *minor,
                _ => spans.push((*minor, *minor, node)),
            }
        }
        let rows = spans.iter().flat_map(|(first, last, node)| [u32::from(*first) | u32::from(*last) << 16, *node]);
        self.list(spans.len(), rows.collect(), Texts::None)
    }

    fn write_nodes(&mut self) {
        let mut done = 0;
        while let Some(node) = self.order.get(done).copied() {
            done += 1;
            let Some(draft) = self.tables.drafts.get(node as usize) else { continue };
            // Lists go before the node that names them.
            let mask = draft.fields.iter().fold(0, |mask, (field, _)| mask | 1 << *field as u32);
            let mut slots = Vec::with_capacity(draft.fields.len());
            for (_, content) in &draft.fields {
                let is_text = matches!(content, Content::Text(_));
                slots.push((self.content(content), is_text));
            }
            self.node_starts.push(small(self.words.len()));
            self.words.extend([draft.head, mask]);
            for (word, is_text) in slots {
                if is_text {
                    self.text_places.push(self.words.len());
                }
                self.words.push(word);
            }
        }
    }

    fn content(&mut self, content: &Content) -> u32 {
        match content {
            Content::Text(text) => {
                self.use_text(*text);
                text.0
            }
            Content::Texts(texts) => {
                texts.iter().for_each(|text| self.use_text(*text));
                self.list(texts.len(), texts.iter().map(|text| text.0).collect(), Texts::Column(1))
            }
            Content::Node(node) => self.number(*node),
            Content::Nodes(nodes) => {
                let numbers = nodes.iter().map(|node| self.number(*node)).collect();
                self.list(nodes.len(), numbers, Texts::None)
            }
            Content::Properties(properties) => {
                let mut rows = Vec::with_capacity(properties.len() * 2);
                for (name, node) in properties {
                    self.use_text(*name);
                    rows.extend([name.0, self.number(*node)]);
                }
                self.list(properties.len(), rows, Texts::Column(2))
            }
            Content::Long(value) => {
                let at = small(self.words.len());
                self.words.extend([(value & 0xffff_ffff) as u32, (value >> 32) as u32]);
                at
            }
            Content::Rules(rules) => {
                let mut rows = Vec::new();
                for rule in rules {
                    for text in rule.texts {
                        text.into_iter().for_each(|text| self.use_text(text));
                        rows.push(text.map_or(NO_STRING, |text| text.0));
                    }
                    rows.push(u32::from(rule.optional_old_self));
                }
                self.list(rules.len(), rows, Texts::Rules)
            }
        }
    }

    /// Writes a list once, however often it is asked for.
    fn list(&mut self, count: usize, rows: Vec<u32>, texts: Texts) -> u32 {
        let mut key = Vec::with_capacity(rows.len() + 2);
        // A list of texts and a list of nodes may have the same words and still differ.
        key.extend([texts.tag(), small(count)]);
        key.extend(&rows);
        if let Some(at) = self.lists.get(&key) {
            return *at;
        }
        let at = self.words.len();
        self.words.push(small(count));
        for (place, word) in rows.into_iter().enumerate() {
            if texts.has(place) && word != NO_STRING {
                self.text_places.push(self.words.len());
            }
            self.words.push(word);
        }
        self.lists.insert(key, small(at));
        small(at)
    }

    fn use_text(&mut self, text: TextId) {
        if let Some(used) = self.used.get_mut(text.0 as usize) {
            *used = true;
        }
    }

    /// The rank of each used text, the bytes of all, and where each ends.
    fn sorted_strings(&self) -> (Vec<u32>, Vec<u8>, Vec<u32>) {
        let used = self.tables.texts.iter().zip(&self.used).zip(0..).filter(|((_, used), _)| **used);
        let mut sorted: Vec<(&str, usize)> = used.map(|((text, _), id)| (&**text, id)).collect();
        sorted.sort_unstable();
        let mut ranks = vec![NO_STRING; self.tables.texts.len()];
        let (mut strings, mut ends) = (Vec::new(), Vec::new());
        for (rank, (text, id)) in sorted.into_iter().enumerate() {
            if let Some(slot) = ranks.get_mut(id) {
                *slot = small(rank);
            }
            strings.extend(text.as_bytes());
            ends.push(small(strings.len()));
        }
        (ranks, strings, ends)
    }
}

/// Which words of a list are texts.
#[derive(Clone, Copy)]
enum Texts {
    None,
    /// The first of every one (texts) or two (properties).
    Column(usize),
    /// All but the sixth of every six.
    Rules,
}

impl Texts {
    fn tag(self) -> u32 {
        match self {
            Texts::None => 0,
            Texts::Column(stride) => small(stride),
            Texts::Rules => 3,
        }
    }

    fn has(self, place: usize) -> bool {
        match self {
            Texts::None => false,
            Texts::Column(stride) => place.is_multiple_of(stride),
            Texts::Rules => place % VALIDATION_WORDS != 5,
        }
    }
}

fn assemble(sections: &[(Section, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(small(sections.len()).to_le_bytes());
    let mut at = HEADER_BYTES + sections.len() * SECTION_BYTES;
    for (section, content) in sections {
        for word in [*section as u32, small(at), small(content.len())] {
            bytes.extend(word.to_le_bytes());
        }
        at += content.len();
    }
    for (_, content) in sections {
        bytes.extend(content);
    }
    bytes
}

fn bytes_of(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Counts here stay far below four thousand million; past that a pack would read as damaged, never as something else.
pub(super) fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
