"use strict";
// Without this script the page is complete; with it, tables can be sorted and filtered.
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const original = Array.from(body.rows);
  const value = (row, column) => {
    const text = row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    return text === "" ? null : text;
  };
  const sort = (heading, column) => {
    const was = heading.getAttribute("aria-sort");
    const now = was === "descending" ? "ascending" : was === "ascending" ? "none" : "descending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    const rows = original.slice();
    if (now !== "none") {
      heading.setAttribute("aria-sort", now);
      const sign = now === "ascending" ? 1 : -1;
      const figures = heading.classList.contains("number");
      const compare = (a, b) => (figures ? a - b : a.localeCompare(b));
      rows.sort((a, b) => {
        const [x, y] = [value(a, column), value(b, column)];
        // What is missing stands last in either order.
        if (x === null || y === null) return (x === null) - (y === null);
        return sign * compare(x, y);
      });
    }
    body.append(...rows);
  };
  Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sort(heading, column));
  });
  const label = document.createElement("label");
  const input = document.createElement("input");
  const shown = document.createElement("output");
  const bar = document.createElement("div");
  input.type = "search";
  label.append("Rows that hold ", input);
  shown.setAttribute("aria-live", "polite");
  bar.className = "filter";
  bar.append(label, shown);
  table.closest(".scroll").before(bar);
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    let count = 0;
    for (const row of original) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      if (!row.hidden) count += 1;
    }
    shown.textContent = wanted === "" ? "" : `${count} of ${original.length}`;
  });
}
// A link into a closed part opens it.
const open = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const closed = target?.closest("details");
  if (closed) {
    closed.open = true;
    target.scrollIntoView();
  }
};
addEventListener("hashchange", open);
open();
