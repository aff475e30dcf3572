"use strict";
(function () {
  // Tables read without this script; it only lets a reader put their rows in another order.
  var collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  function value(row, column) {
    var cell = row.cells[column];
    return cell.dataset.v === undefined ? cell.textContent.trim() : cell.dataset.v;
  }

  function compare(a, b, numeric) {
    if (!numeric) { return collator.compare(a, b); }
    var x = BigInt(a), y = BigInt(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }

  function sort(table, heading, column) {
    var numeric = heading.dataset.sort === "number";
    var now = heading.getAttribute("aria-sort");
    var next = now ? (now === "ascending" ? "descending" : "ascending") : (numeric ? "descending" : "ascending");
    var sign = next === "ascending" ? 1 : -1;
    table.querySelectorAll("th[aria-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
    heading.setAttribute("aria-sort", next);
    var body = table.tBodies[0];
    var rows = Array.from(body.rows).map(function (row, index) {
      return { row: row, key: value(row, column), index: index };
    });
    rows.sort(function (a, b) { return sign * compare(a.key, b.key, numeric) || a.index - b.index; });
    rows.forEach(function (each) { body.appendChild(each.row); });
  }

  document.querySelectorAll("table.sortable").forEach(function (table) {
    table.querySelectorAll("th[data-sort]").forEach(function (heading) {
      var button = document.createElement("button");
      button.type = "button";
      var printed = document.createElement("span");
      printed.className = "printed";
      printed.textContent = button.textContent = heading.textContent;
      heading.replaceChildren(printed, button);
      button.addEventListener("click", function () { sort(table, heading, Number(heading.dataset.column)); });
    });
  });

  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach(function (each) { each.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (each) { each.open = false; });
  });
})();
