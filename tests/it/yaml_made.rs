//! Documents made at random, by a seed: trees written in all styles, pieces of YAML thrown together, and mutations of
//! what people wrote.

/// Numbers that only look random: the same for a seed, everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

const WORDS: [&str; 44] = [
    "a",
    "b",
    "name",
    "image: x",
    "yes",
    "no",
    "on",
    "y",
    "~",
    "null",
    "0644",
    "0o17",
    "08",
    "1_000",
    "0x1F",
    "1.5",
    "1e3",
    ".inf",
    "-1",
    "+12",
    "2024-01-01",
    "12:30:45",
    "é",
    "a b",
    "a  b",
    "a#b",
    "a #b",
    "a:b",
    "-x",
    "?x",
    ":x",
    "x?",
    "\"",
    "'",
    "it''s",
    "x,y",
    "<<",
    "=",
    "1.",
    "0b11",
    "http://x.y/z",
    "{{ x }}",
    "日本",
    "18446744073709551615",
];

const PIECES: [&str; 78] = [
    "a",
    "b: ",
    "b:",
    ": ",
    ":",
    "- ",
    "-",
    "? ",
    "?",
    "\n",
    "\n",
    "\n  ",
    "\n ",
    "\n    ",
    "\n- ",
    "\n  - ",
    "\n\t",
    "\t",
    " ",
    "  ",
    "#c",
    " # c\n",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ",",
    "\"",
    "'",
    "\"q\"",
    "'q'",
    "\"a\\nb\"",
    "\"a\n b\"",
    "'a\n\n b'",
    "''",
    "\"\"",
    "|\n",
    ">\n",
    "|-\n  x\n",
    ">+\n  x\n\n",
    "|2\n",
    "|1-\n",
    "&a ",
    "&b",
    "*a",
    "*b ",
    "!t ",
    "!!str ",
    "!!int ",
    "! ",
    "!!null ",
    "!<tag:yaml.org,2002:str> ",
    "<<: ",
    "---",
    "--- ",
    "...",
    "\n...\n",
    "%YAML 1.1\n",
    "%TAG !e! tag:e,\n",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "é",
    "@",
    "`",
    "%",
    "*",
    "&",
    "!",
    "1",
    "yes",
    "~",
    "x: y\n",
    "- z\n",
    "k: {a: 1}\n",
];

/// One document.
pub fn document(random: &mut Random) -> String {
    let mut out = String::new();
    match random.below(4) {
        0 => {
            for _ in 0..=random.below(12) {
                out.push_str(random.one(&PIECES));
            }
        }
        1 => {
            node(random, &mut out, 0, 3);
            mutate(random, &mut out);
        }
        _ => node(random, &mut out, 0, 4),
    }
    out
}

fn indent(out: &mut String, by: usize) {
    out.extend(std::iter::repeat_n(' ', by));
}

/// A block node at a column, its line begun.
fn node(random: &mut Random, out: &mut String, column: usize, depth: usize) {
    match if depth == 0 { 9 } else { random.below(10) } {
        0..=4 => {
            for number in 0..=random.below(3) {
                if number > 0 {
                    indent(out, column);
                }
                match random.below(9) {
                    0 => out.push_str("? "),
                    1 => out.push_str("&k "),
                    _ => {}
                }
                let key = ["k", "\"k\"", "'k k'", "k k"][random.below(4)];
                out.push_str(key);
                out.push_str(&number.to_string().repeat(usize::from(!key.ends_with(['"', '\'']))));
                if out.ends_with(['"', '\'']) && number > 0 {
                    out.push_str(if random.below(2) == 0 { "" } else { " " });
                }
                out.push(':');
                value(random, out, column, depth - 1);
            }
        }
        5..=7 => {
            for number in 0..=random.below(3) {
                if number > 0 {
                    indent(out, column);
                }
                out.push('-');
                if random.below(3) == 0 {
                    out.push(' ');
                    node(random, out, column + 2, depth - 1);
                } else {
                    value(random, out, column, depth - 1);
                }
            }
        }
        8 => {
            flow(random, out, depth);
            out.push('\n');
        }
        _ => {
            scalar(random, out, column);
        }
    }
}

/// What stands behind a colon or a dash, to the end of its line or lines.
fn value(random: &mut Random, out: &mut String, column: usize, depth: usize) {
    match random.below(12) {
        0 => out.push_str(" &x"),
        1 => out.push_str(" !!str"),
        2 => out.push_str(" !t"),
        3 => out.push('\t'),
        _ => {}
    }
    match random.below(8) {
        0 => out.push('\n'),
        1 => out.push_str(" # comment\n"),
        2 | 3 if depth > 0 => {
            let deeper = column + 1 + random.below(4);
            out.push('\n');
            if random.below(6) == 0 {
                out.push_str("# comment\n");
            }
            indent(out, deeper);
            node(random, out, deeper, depth);
        }
        4 if depth > 0 => {
            out.push(' ');
            flow(random, out, depth);
            out.push('\n');
        }
        _ => {
            out.push(' ');
            scalar(random, out, column + 1);
        }
    }
}

fn scalar(random: &mut Random, out: &mut String, column: usize) {
    let word = random.one(&WORDS);
    let pad = " ".repeat(column + random.below(3));
    match random.below(12) {
        0 => out.push_str(&format!("'{word}'")),
        1 => out.push_str(&format!("\"{word}\"")),
        2 => out.push_str(&format!("\"{word}\\\n{pad} b\\u0041\"")),
        3 => out.push_str(&format!("'{word}\n\n{pad}b'")),
        4 => out.push_str(&format!("{word}\n{pad}b\n\n{pad}{word}")),
        5 => {
            let header = random.one(&["|", ">", "|-", ">-", "|+", ">+", "|2", ">1-", "| # c"]);
            out.push_str(header);
            for _ in 0..random.below(4) {
                let more = random.one(&["", "", " ", "  "]);
                let line = random.one(&["a", "", "b c", "# no comment", "- x", "\tt"]);
                out.push_str(&format!("\n{pad} {more}{line}"));
            }
        }
        6 => out.push_str("*x"),
        _ => out.push_str(word),
    }
    if random.below(8) == 0 {
        out.push_str(" # c");
    }
    out.push('\n');
}

fn flow(random: &mut Random, out: &mut String, depth: usize) {
    let map = random.below(2) == 0;
    out.push(if map { '{' } else { '[' });
    for number in 0..random.below(4) {
        if number > 0 {
            out.push(',');
        }
        out.push_str(random.one(&["", " ", " ", "\n   ", "\t", " # c\n  ", "\n"]));
        if map || random.below(6) == 0 {
            out.push_str(random.one(&["k", "\"k\"", "'k'", "? k", "&k k", "k k"]));
            out.push_str(&number.to_string().repeat(usize::from(!out.ends_with(['"', '\'']))));
            out.push_str(random.one(&[": ", ": ", ":", " : ", "\n: ", ""]));
        }
        match random.below(6) {
            0 if depth > 0 => flow(random, out, depth - 1),
            1 => out.push_str(&format!("\"{}\"", random.one(&["a", "a\\tb", "a\n b", "é"]))),
            2 => out.push_str(random.one(&["'a'", "'a''b'", "'a\n\n b'", "''"])),
            3 => out.push_str(random.one(&["*x", "!!str 1", "&x a", "", "~"])),
            _ => out.push_str(random.one(&WORDS)),
        }
        out.push_str(random.one(&["", "", " ", "\n "]));
    }
    out.push_str(random.one(&["", "", ",", "\n"]));
    out.push(if map { '}' } else { ']' });
}

/// One change: a piece put in, a stretch left out, or lines exchanged.
fn mutate(random: &mut Random, text: &mut String) {
    let at = text.floor_char_boundary(random.below(text.len() + 1));
    match random.below(4) {
        0 => {
            let end = text.floor_char_boundary((at + 1 + random.below(4)).min(text.len()));
            text.replace_range(at..end.max(at), "");
        }
        1 => {
            let line = text[..at].rfind('\n').map_or(0, |found| found + 1);
            let mut spaces = " ".repeat(random.below(4));
            if random.below(5) == 0 {
                spaces = "\t".to_owned();
            }
            text.insert_str(line, &spaces);
        }
        _ => text.insert_str(at, random.one(&PIECES)),
    }
}

/// Texts with one or two changes each.
pub fn mutations(texts: &[(String, String)], count: usize, seed: u64) -> Vec<(String, String)> {
    let mut random = Random::new(seed);
    let small: Vec<&(String, String)> = texts.iter().filter(|(_, text)| text.len() < 20_000).collect();
    let count = if small.is_empty() { 0 } else { count };
    (0..count)
        .map(|number| {
            let (name, text) = small[random.below(small.len())];
            let mut text = text.clone();
            for _ in 0..=random.below(2) {
                mutate(&mut random, &mut text);
            }
            (format!("{name} (mutation {number})"), text)
        })
        .collect()
}

/// One document for each accepted kind of difference.
pub fn examples() -> Vec<(String, String)> {
    let deep = "[".repeat(600) + &"]".repeat(600);
    let behind = "a\n...\n".to_owned() + &"# \n".repeat(400) + "b\n";
    [
        "{\"a\": \"\\/\"}",
        "p: 9\n<<: {p: 1}\n",
        "<<: {p: 1}\np: 9\n",
        "a: !!binary aGk=\n",
        "'a' [ \"",
        "a: .inf\na: 1\n",
        "\"true\": 1\ntrue: 2\n",
        "[]: 1\n",
        "[a:]\n",
        "{?a: b}\n",
        "k: &a:b\n",
        "[!a,b c]\n",
        "|\n%TAG !e! tag:e,\n",
        "\u{feff}\u{feff}|\n&b'k: {a: 1}\n",
        &deep,
        &behind,
    ]
    .iter()
    .map(|text| ("example".to_owned(), (*text).to_owned()))
    .collect()
}
