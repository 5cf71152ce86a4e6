//! Rows over several tasks: intervals of their mean ranks, and the critical-difference diagram
//! (Demšar, Statistical Comparisons of Classifiers over Multiple Data Sets, JMLR 2006).

use super::axis::Axis;
use super::forest::{Entry, drawn};
use super::svg::{Anchor, Drawing, Figure, LETTER};
use crate::eval::comparisons::PostHoc;
use crate::report::ranks::Ranks;

/// Width of the axis.
const AXIS: f64 = 420.0;
/// Distance between names.
const ROW: f64 = 20.0;
/// Distance between the bars of rows that are not told apart.
const BAR: f64 = 7.0;
/// Where the axis lies, below its numbers and the critical difference.
const TOP: f64 = 64.0;

/// The figures: intervals always, the diagram where a test can reach the level.
pub(in crate::report) fn figures(ranks: &Ranks) -> Vec<Figure> {
    [intervals(ranks), diagram(ranks)].into_iter().flatten().collect()
}

fn intervals(ranks: &Ranks) -> Option<Figure> {
    let standings = &ranks.ranking.standings;
    let entry = |row: usize| Entry {
        label: ranks.rows[row].clone(),
        point: standings[row].rank,
        ends: standings[row].interval.map(|interval| (interval.low, interval.high)),
        verdict: None,
        words: format!("{} · group {}", ranks.rank(row), standings[row].group),
    };
    let entries: Vec<Entry> = ranks.ranking.order().into_iter().map(entry).collect();
    let said: Vec<String> = entries.iter().map(|e| format!("{} {}", e.label, e.words)).collect();
    let tasks = ranks.tasks.len();
    Some(Figure {
        name: "ranks.intervals".into(),
        title: format!("mean ranks over {tasks} tasks"),
        description: format!("Mean ranks, 1 the best, with 95 % intervals. {}.", said.join("; ")),
        drawing: drawn(&entries, None, "mean rank (1 is best)")?,
    })
}

fn diagram(ranks: &Ranks) -> Option<Figure> {
    let cliques = ranks.cliques()?;
    let name = |row: &usize| ranks.rows[*row].as_str();
    let words = |clique: &Vec<usize>| clique.iter().map(name).collect::<Vec<_>>().join(", ");
    let said: Vec<String> = cliques.iter().map(words).collect();
    let test = match ranks.post_hoc {
        PostHoc::Wilcoxon => "Wilcoxon's test with Holm's correction over all pairs",
        PostHoc::Nemenyi => "Nemenyi's test",
    };
    let said = if said.is_empty() { "none".into() } else { said.join("; ") };
    Some(Figure {
        name: "ranks.critical".into(),
        title: format!("critical differences over {} tasks", ranks.tasks.len()),
        description: format!(
            "Mean ranks, 1 the best; a bar joins rows that {test} does not tell apart: {said}."
        ),
        drawing: critical(ranks, &cliques)?,
    })
}

fn critical(ranks: &Ranks, cliques: &[Vec<usize>]) -> Option<Drawing> {
    let order = ranks.ranking.order();
    let longest = ranks.rows.iter().map(|name| name.chars().count()).max()?;
    let side = LETTER * (longest + 6) as f64 + 24.0;
    let axis = Axis::whole(order.len(), side, side + AXIS);
    let half = order.len().div_ceil(2);
    let first = TOP + BAR * (cliques.len() + 1) as f64 + ROW;
    let mut drawing = Drawing::new(2.0 * side + AXIS, first + ROW * half as f64);
    scale(&mut drawing, &axis, ranks, order.len());
    let standings = &ranks.ranking.standings;
    for (place, &row) in order.iter().enumerate() {
        let left = place < half;
        let level = if left { place } else { order.len() - 1 - place };
        let (x, y) = (axis.place(standings[row].rank), first + ROW * level as f64);
        let (edge, anchor) =
            if left { (side - 8.0, Anchor::End) } else { (side + AXIS + 8.0, Anchor::Start) };
        drawing.line("axis", [x, TOP], [x, y]);
        drawing.line("axis", [x, y], [edge, y]);
        let rank = format!("{:.2}", standings[row].rank);
        let name = &ranks.rows[row];
        let label = if left { format!("{name} {rank}") } else { format!("{rank} {name}") };
        let beside = if left { edge - 4.0 } else { edge + 4.0 };
        drawing.text(anchor, [beside, y + 4.5], &label);
    }
    for (place, clique) in cliques.iter().enumerate() {
        let ends = [clique.first()?, clique.last()?].map(|row| axis.place(standings[*row].rank));
        for y in [-1.0, 1.0].map(|half| TOP + BAR * (place + 1) as f64 + half) {
            drawing.line("interval", [ends[0] - 4.0, y], [ends[1] + 4.0, y]);
        }
    }
    Some(drawing)
}

/// The axis with its ranks and, for Nemenyi's test, the critical difference above it.
fn scale(drawing: &mut Drawing, axis: &Axis, ranks: &Ranks, rows: usize) {
    let [from, to] = [1.0, rows as f64].map(|rank| axis.place(rank));
    drawing.line("axis", [from, TOP], [to, TOP]);
    for rank in 1..=rows {
        let x = axis.place(rank as f64);
        drawing.line("axis", [x, TOP - 5.0], [x, TOP]);
        let shown = rows <= 20 || rank == 1 || rank.is_multiple_of(5);
        if shown {
            drawing.text(Anchor::Middle, [x, TOP - 10.0], &rank.to_string());
        }
    }
    let difference = ranks.critical_difference();
    if let (PostHoc::Nemenyi, Some(difference)) = (ranks.post_hoc, difference) {
        let end = axis.place(1.0 + difference);
        drawing.line("interval", [from, 28.0], [end, 28.0]);
        for x in [from, end] {
            drawing.line("interval", [x, 24.0], [x, 32.0]);
        }
        drawing.text(Anchor::Start, [from, 18.0], &format!("critical difference {difference:.2}"));
    }
}
