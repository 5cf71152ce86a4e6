//! Lines, marks and words in SVG.

use super::axis::Axis;
use crate::stats::Verdict;

/// How figures look, light and dark. Its classes begin with `f-`, so that it may stand in a page.
pub(in crate::report) const STYLE: &str = include_str!("figure.css");

/// How every figure begins.
const OPENING: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"f-figure\"";

/// A figure: what it shows, in words and drawn.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The file's name without its ending.
    pub name: String,
    /// What it shows, in a line.
    pub title: String,
    /// What a listener must know of it.
    pub description: String,
    /// The drawing.
    pub drawing: Drawing,
}

impl Figure {
    /// As a file of its own.
    pub fn file(&self) -> String {
        let style = format!("<style>\n{STYLE}</style>\n");
        format!("{}{style}{}</svg>\n", self.head(), self.drawing.body)
    }

    /// Whether a text is a file of such a figure.
    pub fn is_file(text: &str) -> bool {
        text.starts_with(OPENING)
    }

    /// As a part of a page that holds [`STYLE`].
    pub fn inline(&self) -> String {
        format!("{}{}</svg>\n", self.head(), self.drawing.body)
    }

    fn head(&self) -> String {
        let Drawing { width, height, .. } = self.drawing;
        let (name, title, text) =
            (escaped(&self.name), escaped(&self.title), escaped(&self.description));
        format!(
            "{OPENING} role=\"img\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
             aria-labelledby=\"{name}-title {name}-text\">\n\
             <title id=\"{name}-title\">{title}</title>\n<desc id=\"{name}-text\">{text}</desc>\n"
        )
    }
}

/// Where words begin: to the right of their place, around it, or left of it.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    /// To its right.
    Start,
    /// Around it.
    Middle,
    /// To its left.
    End,
}

/// How a curve is drawn, light and dark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke {
    colour: &'static str,
    dashes: &'static str,
    opacity: f64,
}

/// Colours that people tell apart whose eyes lack one: Okabe and Ito, 2008, without black and
/// yellow.
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

/// Solid, dotted, and both for a second kind of curve.
const DASHES: [[&str; 2]; 2] = [["none", "2 3"], ["7 4", "7 3 2 3"]];

impl Stroke {
    /// That of the curve of a number; those of another kind have other dashes.
    pub fn new(number: usize, kind: usize) -> Stroke {
        let cycle = number / COLOURS.len();
        let dashes = DASHES[kind % DASHES.len()][cycle % 2];
        Stroke { colour: COLOURS[number % COLOURS.len()], dashes, opacity: 1.0 }
    }

    /// The same colour, hardly seen.
    pub fn faint(self) -> Stroke {
        Stroke { dashes: "none", opacity: 0.4, ..self }
    }
}

/// A drawing in pixels, from the upper left.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    body: String,
}

/// Width of a letter of the figures' type, in pixels, rather too much than too little.
pub const LETTER: f64 = 7.5;

impl Drawing {
    /// An empty one.
    pub fn new(width: f64, height: f64) -> Drawing {
        Drawing { width, height, body: String::new() }
    }

    /// A straight line of a class of [`STYLE`].
    pub fn line(&mut self, class: &str, [x, y]: [f64; 2], [to_x, to_y]: [f64; 2]) {
        self.body +=
            &format!("<path class=\"f-{class}\" d=\"M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}\"/>\n");
    }

    /// A rule from `left` to `right` at every tick of an upright axis, with its word so far before
    /// it.
    pub(super) fn rules(&mut self, axis: &Axis, [left, right]: [f64; 2], before: f64) {
        for (y, word) in axis.ticks() {
            self.line("grid", [left, y], [right, y]);
            self.text(Anchor::End, [left - before, y + 4.5], &word);
        }
    }

    /// A line through places, of a class of [`STYLE`].
    pub fn curve(&mut self, class: &str, places: &[[f64; 2]]) {
        self.body += &format!("<path class=\"f-{class}\" d=\"{}\"/>\n", along(places));
    }

    /// A line through places, drawn in a way of its own.
    pub(super) fn stroke(&mut self, places: &[[f64; 2]], stroke: &Stroke) {
        let Stroke { colour, dashes, opacity } = stroke;
        self.body += &format!(
            "<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" stroke-dasharray=\"{dashes}\" \
             stroke-opacity=\"{opacity}\" d=\"{}\"/>\n",
            along(places)
        );
    }

    /// A disc on such a line.
    pub(super) fn dot(&mut self, [x, y]: [f64; 2], stroke: &Stroke) {
        let colour = stroke.colour;
        self.body +=
            &format!("<circle fill=\"{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.2\"/>\n");
    }

    /// Words whose baseline is at the place.
    pub fn text(&mut self, anchor: Anchor, [x, y]: [f64; 2], text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        self.body += &format!(
            "<text class=\"f-text\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>\n"
        );
    }

    /// The mark of a verdict: a triangle up or down, a ring, or a disc where there is none.
    pub fn mark(&mut self, verdict: Option<Verdict>, [x, y]: [f64; 2]) {
        let class = class(verdict);
        let triangle = |tip: f64| format!("M{:.1} {:.1}h10l-5 {tip:.1}z", x - 5.0, y - 0.45 * tip);
        self.body += &match verdict {
            Some(Verdict::Better) => {
                format!("<path class=\"{class}\" d=\"{}\"/>\n", triangle(-9.0))
            }
            Some(Verdict::Worse) => format!("<path class=\"{class}\" d=\"{}\"/>\n", triangle(9.0)),
            _ => format!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>\n"),
        };
    }
}

/// The path through places.
fn along(places: &[[f64; 2]]) -> String {
    let points: Vec<String> = places.iter().map(|[x, y]| format!("{x:.1} {y:.1}")).collect();
    format!("M{}", points.join("L"))
}

fn class(verdict: Option<Verdict>) -> String {
    format!("f-{}", verdict.map_or("none", Verdict::name))
}

/// Text in which no letter is taken for a sign of SVG or HTML.
pub(in crate::report) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            letter => safe.push(letter),
        }
    }
    safe
}
