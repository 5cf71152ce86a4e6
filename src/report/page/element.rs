//! Pieces of HTML.

use crate::report::figure::escaped;

/// A cell of a table: what is shown, and what it is sorted by.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    shown: String,
    value: Option<String>,
    number: bool,
}

impl Cell {
    /// Words.
    pub fn text(text: &str) -> Cell {
        Cell { shown: escaped(text), ..Cell::default() }
    }

    /// A figure, sorted by its value, flush right; nothing where there is none.
    pub fn number(shown: &str, value: Option<f64>) -> Cell {
        let shown = value.map(|_| escaped(shown)).unwrap_or_default();
        Cell { shown, value: value.map(|value| value.to_string()), number: true }
    }

    /// A figure, sorted by what it begins with.
    pub fn figure(shown: &str) -> Cell {
        Cell::number(shown, shown.split(' ').next().and_then(|first| first.parse().ok()))
    }

    /// The same as a link, if it shows anything.
    pub fn linked(mut self, target: &str) -> Cell {
        if !self.shown.is_empty() {
            self.shown = format!("<a href=\"{}\">{}</a>", escaped(target), self.shown);
        }
        self
    }

    fn html(&self) -> String {
        let class = if self.number { " class=\"number\"" } else { "" };
        let value = self.value.as_ref().map(|value| format!(" data-value=\"{value}\""));
        format!("<td{class}{}>{}</td>", value.unwrap_or_default(), self.shown)
    }
}

/// A row of a table: what names it, and the cells behind.
pub(super) struct TableRow {
    /// The place that links lead to; may be empty.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is the one that the others are compared with.
    pub baseline: bool,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// A table that can be sorted and filtered; `header` holds each column's title and whether it is of
/// figures.
pub(super) fn table(
    id: &str,
    caption: &str,
    header: &[(String, bool)],
    rows: &[TableRow],
) -> String {
    table_above(id, caption, header, rows, "")
}

/// The same with further rows that are neither sorted nor filtered: a `tbody` of their own.
pub(super) fn table_above(
    id: &str,
    caption: &str,
    header: &[(String, bool)],
    rows: &[TableRow],
    below: &str,
) -> String {
    let heading = |(title, number): &(String, bool)| {
        let class = if *number { " class=\"number\"" } else { "" };
        format!("<th scope=\"col\"{class}>{}</th>", escaped(title))
    };
    let header: String = header.iter().map(heading).collect();
    let rows: String = rows.iter().map(row).collect();
    let (id, caption) = (slug(id), escaped(caption));
    format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"{id}\">\n<table>\n\
         <caption id=\"{id}\">{caption}</caption>\n<thead>\n<tr>{header}</tr>\n</thead>\n<tbody>\n\
         {rows}</tbody>\n{below}</table>\n</div>\n"
    )
}

/// Rows below those of a table, with what they are above them.
pub(super) fn below(title: &str, columns: usize, rows: &[TableRow]) -> String {
    let (title, rows) = (escaped(title), rows.iter().map(row).collect::<String>());
    format!(
        "<tbody>\n<tr><th scope=\"rowgroup\" colspan=\"{columns}\">{title}</th></tr>\n{rows}</tbody>\n"
    )
}

fn row(row: &TableRow) -> String {
    let id = if row.id.is_empty() { String::new() } else { format!(" id=\"{}\"", slug(&row.id)) };
    let class = if row.baseline { " class=\"baseline\"" } else { "" };
    let cells: String = row.cells.iter().map(Cell::html).collect();
    let name = escaped(&row.name).replace('_', "_<wbr/>");
    format!("<tr{id}{class}><th scope=\"row\">{name}</th>{cells}</tr>\n")
}

/// A name as the place of a link: letters, digits and few signs.
pub(super) fn slug(name: &str) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        byte => format!("~{byte:02x}"),
    };
    name.bytes().map(letter).collect()
}

/// A path as a link.
pub(super) fn path(parts: &[&str]) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    let encoded = |part: &&str| part.bytes().map(letter).collect::<String>();
    parts.iter().map(encoded).collect::<Vec<_>>().join("/")
}

/// A list of points.
pub(super) fn list(points: &[String]) -> String {
    let points: String =
        points.iter().map(|point| format!("<li>{}</li>\n", inline(point))).collect();
    format!("<ul>\n{points}</ul>\n")
}

/// Paragraphs of Markdown, of which only links and `code` are known.
pub(super) fn paragraphs(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs.map(|paragraph| format!("<p>{}</p>\n", inline(paragraph))).collect()
}

fn inline(text: &str) -> String {
    let pieces = text.split('`').enumerate();
    pieces
        .map(|(place, piece)| match place % 2 {
            0 => links(&escaped(piece)),
            _ => format!("<code>{}</code>", escaped(piece)),
        })
        .collect()
}

/// `[words](target)` as links.
fn links(text: &str) -> String {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, words, target, after)) = link(rest) {
        done += &format!("{before}<a href=\"{target}\">{words}</a>");
        rest = after;
    }
    done + rest
}

fn link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let middle = text.find("](")?;
    let start = text[..middle].rfind('[')?;
    let end = middle + text[middle..].find(')')?;
    Some((&text[..start], &text[start + 1..middle], &text[middle + 2..end], &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_a_tag() {
        let text = "a < b & `<i>` in [costs.csv](costs.csv) [x";
        let html = "<p>a &lt; b &amp; <code>&lt;i&gt;</code> in <a href=\"costs.csv\">costs.csv</a> [x</p>\n";
        assert_eq!(paragraphs(text), html);
        assert_eq!(path(&["a b", "x/y.csv"]), "a%20b/x%2Fy.csv");
    }
}
