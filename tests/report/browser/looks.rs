//! The page on a phone, on paper, and in light and dark.

use serde_json::json;

use super::each;

/// Texts that stand out from what is behind them by less than 4.5 to 1, what WCAG 2.2 asks for in
/// §1.4.3.
const PALE: &str = "(() => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number);
    const linear = part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const luminance = ([red, green, blue]) =>
        [[0.2126, red], [0.7152, green], [0.0722, blue]]
            .reduce((sum, [weight, part]) => sum + weight * linear(part / 255), 0);
    const behind = element => {
        const colour = parts(getComputedStyle(element).backgroundColor);
        return (colour[3] ?? 1) > 0 ? colour : behind(element.parentElement);
    };
    const pale = [];
    for (const element of document.body.querySelectorAll('*')) {
        const own = Array.from(element.childNodes).filter(node => node.nodeType === Node.TEXT_NODE);
        const text = own.map(node => node.data).join('').trim();
        if (text === '' || !element.checkVisibility()) continue;
        const style = getComputedStyle(element);
        const ink = luminance(parts(element.closest('svg') ? style.fill : style.color));
        const paper = luminance(behind(element));
        const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        if (contrast < 4.5) pale.push(`${contrast.toFixed(2)}: ${text}`);
    }
    return pale;
})()";

/// Boxes, of those that are seen, that hold more than fits into them.
const OVERFULL: &str = "Array.from(document.querySelectorAll('.scroll'))
    .filter(box => box.checkVisibility() && box.scrollWidth > box.clientWidth).length";

#[test]
fn every_text_stands_out_in_light_and_in_dark() {
    each(|page, folder| {
        page.value("for (const part of document.querySelectorAll('details')) part.open = true");
        for scheme in ["light", "dark"] {
            page.medium("screen", scheme);
            assert_eq!(page.value(PALE), json!([]), "{folder} in {scheme}");
        }
        let paper = page.value("getComputedStyle(document.body).backgroundColor");
        assert_eq!(paper, "rgb(22, 24, 27)", "{folder} is not dark");
    });
}

#[test]
fn on_a_phone_tables_move_in_their_box_under_their_names_and_the_page_stands() {
    let moved = "(() => {
        const box = document.querySelector('.scroll');
        box.scrollLeft = 150;
        const [name, cell] = box.querySelector('tbody tr').cells;
        const left = element => element.getBoundingClientRect().left - box.getBoundingClientRect().left;
        return [box.scrollLeft, left(name), left(cell) < name.offsetWidth];
    })()";
    each(|page, folder| {
        page.size(390);
        assert_eq!(page.value("document.documentElement.scrollWidth"), 390, "{folder}");
        assert!(page.value(OVERFULL).as_u64().unwrap() > 0, "{folder}");
        assert_eq!(page.value(moved), json!([150, 0, true]), "{folder}");
    });
}

#[test]
fn on_paper_nothing_is_cut_off_and_nothing_waits_for_a_click() {
    // A4 less the margins of 12 mm, at 96 pixels to the inch.
    const WIDTH: u32 = 703;
    let idle = "Array.from(document.querySelectorAll('nav, .filter, summary'))
        .filter(part => part.checkVisibility()).length";
    each(|page, folder| {
        page.size(WIDTH);
        page.medium("print", "dark");
        assert_eq!(page.value(OVERFULL), 0, "{folder}");
        assert_eq!(page.value("document.documentElement.scrollWidth"), WIDTH, "{folder}");
        assert_eq!(page.value(idle), 0, "{folder}");
        let paper = page.value("getComputedStyle(document.body).backgroundColor");
        assert_eq!(paper, "rgb(255, 255, 255)", "{folder}");
    });
}
