//! Tests, intervals and effect sizes against SciPy, statsmodels, scikit-posthocs and baycomp.

use std::path::Path;

use bench::stats::test::{
    MeanRanks, Ties, Zeros, bayesian_signed_rank, benjamini_hochberg, bonferroni, cliffs_delta,
    cohens_d, holm, interquartile_mean, kendall, mann_whitney, mcnemar, mean_t, nadeau_bengio,
    paired_t, sign_flip, spearman, vargha_delaney, wilcoxon, wilcoxon_normal, wilson,
};
use bench::{Error, Result, Seed, stats};

use super::book::{Book, largest};
use super::page::{EXACT, Page};

/// How often the Bayesian test draws: a standard error of at most 0.0022.
const DRAWS: usize = 50_000;

/// Areas under the ROC curve of two lists of scores of the same items.
pub fn delong(path: &Path, book: &mut Book) -> Result<()> {
    let mut page = Page::open(path, book)?;
    let truth: Vec<bool> = page.list("truth")?.iter().map(|truth| *truth != 0.0).collect();
    let found = stats::test::delong(&truth, &page.list("score_a")?, &page.list("score_b")?);
    page.figure("auc_a", found.map(|found| found.areas[0]))?;
    page.figure("auc_b", found.map(|found| found.areas[1]))?;
    page.test(["z", "p"], found.and_then(|found| found.test))?;
    page.finish();
    Ok(())
}

/// Every figure of the file.
pub fn statistics(path: &Path, book: &mut Book) -> Result<()> {
    let mut page = Page::open(path, book)?;
    tasks(&mut page)?;
    paired(&mut page)?;
    counted_and_repeated(&mut page)?;
    adjusted(&mut page)?;
    lists(&mut page)?;
    intervals(&mut page)?;
    page.finish();
    Ok(())
}

fn tasks(page: &mut Page) -> Result<()> {
    let scores: Vec<Vec<f64>> = page.take("performance")?;
    let ranks = MeanRanks::new(&scores, page.take("higher_is_better")?)
        .ok_or_else(|| Error::data("performance", "it has no ranks"))?;
    let friedman = ranks.friedman(Ties::Corrected);
    page.test(["friedman.chi2", "friedman.p"], friedman)?;
    page.figure("iman_davenport.chi2_tie_corrected", friedman.map(|test| test.statistic))?;
    let names = ["iman_davenport.f", "iman_davenport.p"];
    page.test(names, ranks.iman_davenport(Ties::Corrected))?;
    let [first, second] = ranks.freedoms();
    page.figure("iman_davenport.df1", Some(first))?;
    page.figure("iman_davenport.df2", Some(second))?;
    page.figure("nemenyi_critical_difference_0.05", ranks.critical_difference(0.05))?;
    let found = ranks.nemenyi().concat();
    let expected = page.take::<Vec<Vec<f64>>>("nemenyi_p")?.concat();
    // The reference is 1 less another chance, so that of small ones it has few digits.
    let apart = found.iter().zip(&expected).map(|(found, expected)| (found - expected).abs());
    let lacking = found.len().abs_diff(expected.len()) as f64;
    page.book.error("nemenyi_p", largest(apart.chain([lacking])), EXACT);
    page.figures("average_rank", ranks.ranks)
}

fn paired(page: &mut Page) -> Result<()> {
    let (a, b) = (page.list("paired.a")?, page.list("paired.b")?);
    let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
    let tests = [
        ("wilcoxon", wilcoxon(&differences, Zeros::Dropped)),
        ("wilcoxon_normal", wilcoxon_normal(&differences, Zeros::Dropped)),
        ("t", paired_t(&differences)),
    ];
    for (name, found) in tests {
        let [statistic, p] = ["statistic", "p"].map(|part| format!("paired.{name}.{part}"));
        page.test([&statistic, &p], found)?;
    }
    let mut rng = Seed::new(0).stream("bayesian signed rank", &[]);
    let found = bayesian_signed_rank(&differences, 0.01, DRAWS, &mut rng);
    let name = |part: &str| format!("paired.bayesian_signed_rank_rope_0.01.{part}");
    let tolerance = page.take(&name("tolerance"))?;
    // The reference's difference is the second less the first: left is where the first is larger.
    let chances = [
        ("p_left", found.map(|found| found.above)),
        ("p_rope", found.map(|found| found.within)),
        ("p_right", found.map(|found| found.below)),
    ];
    for (part, chance) in chances {
        let expected: f64 = page.take(&name(part))?;
        let apart = chance.map_or(f64::INFINITY, |chance| (chance - expected).abs());
        page.book.error(&name(part), apart, tolerance);
    }
    Ok(())
}

fn counted_and_repeated(page: &mut Page) -> Result<()> {
    let p = mcnemar(page.take("mcnemar.b01")?, page.take("mcnemar.b10")?);
    page.figure("mcnemar.exact_p", Some(p))?;
    let differences = page.list("sign_flip_exact.difference")?;
    let found = sign_flip(&differences, 0, &mut Seed::new(0).stream("none is drawn", &[]));
    page.figure("sign_flip_exact.p_two_sided", found.map(|test| test.p))?;
    let differences = page.list("nadeau_bengio.difference")?;
    let found = nadeau_bengio(&differences, page.take("nadeau_bengio.test_over_train")?);
    page.test(["nadeau_bengio.t", "nadeau_bengio.p"], found)
}

fn adjusted(page: &mut Page) -> Result<()> {
    let p = page.list("adjust.p")?;
    page.figures("adjust.holm", holm(&p))?;
    page.figures("adjust.bonferroni", bonferroni(&p))?;
    page.figures("adjust.benjamini_hochberg", benjamini_hochberg(&p))
}

fn lists(page: &mut Page) -> Result<()> {
    let (x, z) = (page.list("effect_size.x")?, page.list("effect_size.z")?);
    page.figure("effect_size.cliffs_delta", cliffs_delta(&x, &z))?;
    page.figure("effect_size.vargha_delaney_a12", vargha_delaney(&x, &z))?;
    page.figure("effect_size.cohens_d", cohens_d(&x, &z))?;
    let (x, z) = (page.list("mann_whitney.x")?, page.list("mann_whitney.z")?);
    page.test(["mann_whitney.u", "mann_whitney.p"], mann_whitney(&x, &z))?;
    let (x, y) = (page.list("spearman.x")?, page.list("spearman.y")?);
    let found = spearman(&x, &y);
    page.figure("spearman.rho", found.map(|found| found.coefficient))?;
    page.figure("spearman.p", found.and_then(|found| found.p))?;
    page.figure("spearman.kendall_tau", kendall(&x, &y))?;
    let x = page.list("interquartile_mean.x")?;
    page.figure("interquartile_mean.value", interquartile_mean(&x))
}

fn intervals(page: &mut Page) -> Result<()> {
    let x = page.list("mean_t_interval_0.95.x")?;
    page.interval("mean_t_interval_0.95", mean_t(&x, 0.05))?;
    let found = wilson(page.take("wilson.successes")?, page.take("wilson.n")?, 0.05);
    page.interval("wilson", found)
}
