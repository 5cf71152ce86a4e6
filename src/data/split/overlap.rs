//! What the parts of a split share: published ones may divide artists.

use std::collections::BTreeMap;

use super::Split;
use crate::data::corpus::Item;

impl Split {
    /// For every two parts that share groups or works, how much they share, with an example.
    pub fn overlaps(&self, items: &[Item]) -> Vec<String> {
        let [train, valid, test] = self.parts();
        let pairs = [(valid, train), (test, train), (test, valid)];
        pairs.into_iter().filter_map(|(later, earlier)| overlap(items, later, earlier)).collect()
    }
}

fn overlap(
    items: &[Item],
    (later, members): (&str, &[usize]),
    (earlier, others): (&str, &[usize]),
) -> Option<String> {
    let mut first: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for &item in others {
        for name in names(&items[item]) {
            first.entry(name).or_insert(item);
        }
    }
    let shared = |item: &usize| {
        let name = names(&items[*item]).find(|name| first.contains_key(name))?;
        Some((*item, name))
    };
    let shared: Vec<(usize, (&str, &str))> = members.iter().filter_map(shared).collect();
    let (item, (kind, name)) = *shared.first()?;
    let (id, other) = (&items[item].id, &items[first[&(kind, name)]].id);
    Some(format!(
        "{} of {} items of {later} share a group or work with {earlier}, such as {id:?} and {other:?} \
         ({kind} {name:?})",
        shared.len(),
        members.len(),
    ))
}

/// What an item may share.
fn names(item: &Item) -> impl Iterator<Item = (&str, &str)> {
    let work = item.work.as_deref().map(|work| ("work", work));
    std::iter::once(("group", item.group.as_str())).chain(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, group: &str, work: Option<&str>) -> Item {
        let work = work.map(String::from);
        Item { id: id.into(), group: group.into(), work, targets: BTreeMap::new() }
    }

    #[test]
    fn parts_that_share_an_artist_or_a_work_are_named_with_an_example() {
        let items = [
            item("a", "bach", None),
            item("b", "bach", None),
            item("c", "abba", Some("waterloo")),
            item("d", "someone", Some("waterloo")),
            item("e", "nobody", None),
        ];
        let split = Split { train: vec![0, 2], valid: vec![1], test: vec![3, 4] };
        let expected = [
            "1 of 1 items of valid share a group or work with train, such as \"b\" and \"a\" \
             (group \"bach\")",
            "1 of 2 items of test share a group or work with train, such as \"d\" and \"c\" \
             (work \"waterloo\")",
        ];
        assert_eq!(split.overlaps(&items), expected);
        let whole = Split { train: vec![0, 1], valid: vec![2, 3], test: vec![4] };
        assert_eq!(whole.overlaps(&items), [""; 0]);
    }
}
