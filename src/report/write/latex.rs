//! `table.tex`: a table for a paper, in LaTeX with booktabs.

use super::text::quoted;
use crate::report::words::{difference, less_is_better, mean, spoken};
use crate::report::{Line, Report, Row, TaskFacts, family, published};
use crate::stats::Verdict;

/// A table per task: every metric's mean with its interval, and the difference to the baseline.
pub(in crate::report) fn latex(report: &Report) -> String {
    let facts = &report.facts;
    let mut text = format!(
        "% {} v{}; to be read by \\input, needs \\usepackage{{booktabs}} in the preamble.\n",
        facts.suite.replace('\n', " "),
        facts.version
    );
    for task in &facts.tasks {
        let asked = (task.name.as_str(), task.metrics.as_slice());
        text += &format!("\n{}", table(report, asked, &caption(report, task)));
    }
    for task in &facts.left_out {
        let caption = format!("{}: left out: {}", escaped(&task.name), escaped(&task.why));
        text += &format!("\n{}", table(report, (&task.name, &task.metrics), &caption));
    }
    text
}

fn table(report: &Report, (task, metrics): (&str, &[String]), caption: &str) -> String {
    let columns = "rl".repeat(metrics.len());
    let place = |metric: usize| (2 + 2 * metric, 3 + 2 * metric);
    let over: String = metrics
        .iter()
        .map(|metric| format!(" & \\multicolumn{{2}}{{c}}{{{}}}", title(metric)))
        .collect();
    let rules: String = (0..metrics.len())
        .map(place)
        .map(|(from, to)| format!("\\cmidrule(lr){{{from}-{to}}}"))
        .collect();
    let minus = format!(" & mean & minus {}", escaped(&report.facts.baseline));
    let titles = minus.repeat(metrics.len());
    let row = |row: &Row| cells(report, (task, metrics), &row.name);
    let rows: String = report.rows.iter().map(row).collect();
    let (published, notes) = report.facts.task(task).map(|t| below(report, t)).unwrap_or_default();
    format!(
        "\\begin{{table}}\n\\centering\\small\n\\caption{{{caption}}}\n\\begin{{tabular}}{{l{columns}}}\n\
         \\toprule\n{over} \\\\\n{rules}\nmethod{titles} \\\\\n\\midrule\n{rows}{published}\\bottomrule\n\
         \\end{{tabular}}\n{notes}\\end{{table}}\n"
    )
}

/// The published rows below a task's own, and what must be known of them.
fn below(report: &Report, task: &TaskFacts) -> (String, String) {
    let row = |(name, _, figures): (String, String, Vec<String>)| {
        let figures: String = figures.iter().map(|figure| format!(" & {figure} & ")).collect();
        format!("{}{figures} \\\\\n", escaped(&name))
    };
    let rows: String = published::rows(task, &task.metrics).map(row).collect();
    if rows.is_empty() {
        return Default::default();
    }
    let notes: Vec<String> = quoted(report, task).iter().map(|note| escaped(note)).collect();
    let notes = format!(
        "\\par\\smallskip\\begin{{minipage}}{{\\linewidth}}\\footnotesize {}\\end{{minipage}}\n",
        notes.join("\\par ")
    );
    (format!("\\midrule\n{rows}"), notes)
}

/// A metric's name above its columns, with its direction where that is not the usual one.
fn title(metric: &str) -> String {
    let direction = if less_is_better(metric) { " (less is better)" } else { "" };
    format!("{}{direction}", escaped(&spoken(metric)))
}

fn caption(report: &Report, task: &TaskFacts) -> String {
    let facts = &report.facts;
    let (suite, name) = (escaped(&facts.suite), escaped(&task.name));
    let (version, items) = (facts.version, task.test);
    let warning =
        |warning: &String| format!(" Warning: {}.", escaped(warning.trim_end_matches('.')));
    let warnings: String = task.warnings.iter().map(warning).collect();
    let [better, worse, undecided] = Verdict::ALL.map(sign);
    format!(
        "{name} ({suite} v{version}, {items} test items). $\\pm$ and [\\,]: 95\\,\\% intervals over seeds and \
         items; {better} better, {worse} worse, {undecided} undecided than {} at the 5\\,\\% level, {}.{warnings}",
        escaped(&facts.baseline),
        escaped(&family::caption(report)),
    )
}

fn cells(report: &Report, (task, metrics): (&str, &[String]), row: &str) -> String {
    let line = |metric: &String| {
        let line = report.line_of(task, metric, row);
        line.map_or([String::new(), String::new()], figures)
    };
    let figures: String = metrics.iter().flat_map(line).map(|cell| format!(" & {cell}")).collect();
    format!("{}{figures} \\\\\n", escaped(row))
}

fn figures(line: &Line) -> [String; 2] {
    let mark = line.verdict().map(|verdict| format!(" {}", sign(verdict))).unwrap_or_default();
    let mean = line.mean.as_ref().map(|estimate| format!("{}{mark}", numbers(&mean(estimate))));
    let gain = line.comparison.as_ref().map(|c| numbers(&difference(&c.difference)));
    [mean.unwrap_or_default(), gain.unwrap_or_default()]
}

fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "$\\uparrow$",
        Verdict::Worse => "$\\downarrow$",
        Verdict::Undecided => "$\\cdot$",
    }
}

/// Numbers as mathematics, so that a minus is none of a word.
fn numbers(text: &str) -> String {
    text.replace('±', "$\\pm$").replace('-', "$-$").replace('+', "$+$")
}

/// Text in which no letter is taken for a sign of LaTeX.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => safe += "\\textbackslash{}",
            '†' => safe += "$^\\dagger$",
            '~' => safe += "\\textasciitilde{}",
            '^' => safe += "\\textasciicircum{}",
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                safe.push('\\');
                safe.push(letter);
            }
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn no_letter_is_taken_for_a_sign() {
        assert_eq!(
            escaped(r"a_b & 5% {x}\y~^#$"),
            r"a\_b \& 5\% \{x\}\textbackslash{}y\textasciitilde{}\textasciicircum{}\#\$"
        );
    }
}
