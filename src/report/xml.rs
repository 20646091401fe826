//! Text for the two formats that are XML. Escaping by hand: there is no element that holds more than attributes and
//! text.

/// Text as the value of an attribute or as content. Line ends and tabs are written as references, so that an attribute
/// keeps them; characters that XML 1.0 cannot hold become U+FFFD.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // only `]]>` demands it
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') || super::wording::turns(c) => {
                out.push(char::REPLACEMENT_CHARACTER);
            }
            c => out.push(c),
        }
    }
    out
}

/// Text as content: as [`escape`], with its line ends as they are.
pub(super) fn content(text: &str) -> String {
    escape(text).replace("&#13;&#10;", "\n").replace("&#10;", "\n").replace("&#9;", "\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(escape("a\u{0}b\u{1B}[2J\u{FFFF}"), "a\u{FFFD}b\u{FFFD}[2J\u{FFFD}");
        assert_eq!(escape("<a b=\"c\">&]]>\n"), "&lt;a b=&quot;c&quot;&gt;&amp;]]&gt;&#10;");
        assert_eq!(content("a\r\nb\tc"), "a\nb\tc");
    }
}
