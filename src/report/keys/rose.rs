//! The confusion rose: where estimates lie on the circle of fifths, seen from the true key.

use std::f64::consts::TAU;

use super::{KeyRow, Keys};
use crate::report::figure::escaped;

/// Width and height that one row's rose takes.
const CELL: [f64; 2] = [216.0, 236.0];
/// Roses side by side.
const COLUMNS: usize = 4;
/// Radius of the circle that both modes grow from, and the lengths of a share of 1.
const CIRCLE: f64 = 42.0;
const OUTWARD: f64 = 44.0;
const INWARD: f64 = 38.0;
/// Half the width of a petal in turns.
const HALF: f64 = 0.036;
/// Height above and below the roses.
const HEAD: f64 = 34.0;
const FOOT: f64 = 66.0;

const STYLE: &str = "text{font-family:sans-serif;fill:#222}\
    .circle{fill:none;stroke:#666}\
    .same{fill:#1f4e79;stroke:#1f4e79}\
    .other{fill:url(#stripes);stroke:#a4480a}\
    .tick{font-size:9px;text-anchor:middle;fill:#555}\
    .name{font-size:12px;text-anchor:middle;font-weight:bold}\
    .told{font-size:10px;text-anchor:middle}";

const STRIPES: &str = "<defs><pattern id=\"stripes\" width=\"4\" height=\"4\" \
    patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
    <rect width=\"4\" height=\"4\" fill=\"#fff\"/><rect width=\"2\" height=\"4\" fill=\"#a4480a\"/>\
    </pattern></defs>";

/// A picture with one rose per row.
pub(super) fn svg(keys: &Keys) -> String {
    let columns = keys.rows.len().min(COLUMNS);
    let lines = keys.rows.len().div_ceil(COLUMNS);
    // The legend needs the width of three roses.
    let width = CELL[0] * columns.max(3) as f64;
    let height = HEAD + CELL[1] * lines as f64 + FOOT;
    let task = escaped(&keys.task);
    let told: Vec<String> = keys.rows.iter().map(sentence).collect();
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
         <title id=\"title\">{task}: estimated keys on the circle of fifths, seen from the true key</title>\n\
         <desc id=\"desc\">{}</desc>\n<style>{STYLE}</style>\n{STRIPES}\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"12\" y=\"22\" font-size=\"14\">{task}: estimated keys, seen from the true key at the top</text>\n",
        told.join(" "),
    );
    for (at, row) in keys.rows.iter().enumerate() {
        let (column, line) = ((at % COLUMNS) as f64, (at / COLUMNS) as f64);
        let centre = [CELL[0] * (column + 0.5), HEAD + CELL[1] * line + 100.0];
        text += &rose(row, centre);
    }
    text += &legend(height - FOOT);
    text + "</svg>\n"
}

/// A row's shares in words.
fn sentence(row: &KeyRow) -> String {
    let parts: Vec<String> = ["correct", "fifth", "relative", "parallel", "other"]
        .iter()
        .map(|name| format!("{name} {}", percent(share(row, name))))
        .collect();
    format!("{}: {}.", escaped(&row.method), parts.join(", "))
}

fn share(row: &KeyRow, name: &str) -> f64 {
    row.shares.iter().find(|(known, _)| *known == name).map_or(0.0, |(_, share)| share.point)
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn rose(row: &KeyRow, centre: [f64; 2]) -> String {
    let [x, y] = centre;
    let mut text = format!("<g transform=\"translate({x} {y})\">\n");
    text += &format!("<circle class=\"circle\" r=\"{CIRCLE}\"/>\n");
    for (mode, (class, length)) in [("same", OUTWARD), ("other", -INWARD)].iter().enumerate() {
        for (step, share) in row.rose[mode].iter().enumerate().filter(|(_, share)| **share > 0.0) {
            let path = petal(step as f64 / 12.0, CIRCLE + length * share.sqrt());
            let told =
                format!("{class} mode, {} sharps further: {}", signed(step), percent(*share));
            text += &format!("<path class=\"{class}\" d=\"{path}\"><title>{told}</title></path>\n");
        }
    }
    for step in [0, 3, 6, 9] {
        let [x, y] = at(step as f64 / 12.0, CIRCLE + OUTWARD + 7.0);
        let y = y + 3.0;
        text +=
            &format!("<text class=\"tick\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>\n", signed(step));
    }
    let told = ["correct", "fifth", "relative"].map(|name| percent(share(row, name)));
    let [right, fifth, relative] = told;
    text + &format!(
        "<text class=\"name\" y=\"110\">{}</text>\n\
         <text class=\"told\" y=\"123\">right {right}, fifth {fifth}, relative {relative}</text>\n</g>\n",
        escaped(&row.method),
    )
}

/// The part of a ring between the circle and `radius`, around `turn`.
fn petal(turn: f64, radius: f64) -> String {
    let corner = |turn, radius| {
        let [x, y] = at(turn, radius);
        format!("{x:.2} {y:.2}")
    };
    format!(
        "M{} L{} A{radius:.2} {radius:.2} 0 0 1 {} L{} A{CIRCLE} {CIRCLE} 0 0 0 {}Z",
        corner(turn - HALF, CIRCLE),
        corner(turn - HALF, radius),
        corner(turn + HALF, radius),
        corner(turn + HALF, CIRCLE),
        corner(turn - HALF, CIRCLE),
    )
}

/// Clockwise from the top. Adding 0 takes the sign from a zero.
fn at(turn: f64, radius: f64) -> [f64; 2] {
    let (sin, cos) = (TAU * turn).sin_cos();
    [sin, -cos].map(|part| (radius * part * 100.0).round() / 100.0 + 0.0)
}

/// Sharps further, from −5 to 6.
fn signed(step: usize) -> String {
    match step {
        0 => "0".into(),
        1..=6 => format!("+{step}"),
        _ => format!("−{}", 12 - step),
    }
}

fn legend(top: f64) -> String {
    let [first, second] = [top + 18.0, top + 36.0];
    format!(
        "<rect class=\"same\" x=\"12\" y=\"{}\" width=\"12\" height=\"12\"/>\n\
         <text x=\"30\" y=\"{first}\" font-size=\"11\">outward: the same mode (0 right, +1 a fifth above, −1 a fifth below)</text>\n\
         <rect class=\"other\" x=\"12\" y=\"{}\" width=\"12\" height=\"12\"/>\n\
         <text x=\"30\" y=\"{second}\" font-size=\"11\">inward: the other mode (0 relative; parallel: −3 of a major key, +3 of a minor)</text>\n\
         <text x=\"12\" y=\"{}\" font-size=\"11\">Around: how many sharps further the key signature is. Length: square root of the share of estimates.</text>\n",
        first - 10.0,
        second - 10.0,
        top + 54.0,
    )
}
