import htmx from "htmx.org";
import { word } from "./words";

/**
 * Lists: up and down walk the rows, Enter opens, Space marks, and on a wide screen the walked row shows beside the table.
 */
const WIDE = window.matchMedia("(min-width: 1440px)");
const REST = 180;
let timer = 0;

function rows(): HTMLTableRowElement[] {
  return Array.from(document.querySelectorAll<HTMLTableRowElement>("tr[data-url]"));
}

function current(): HTMLTableRowElement | null {
  return document.querySelector<HTMLTableRowElement>("tr.is-current");
}

function preview(row: HTMLTableRowElement): void {
  const address = row.dataset["preview"];
  const pane = document.getElementById("preview");
  if (!address || !pane || !WIDE.matches) return;
  window.clearTimeout(timer);
  timer = window.setTimeout(() => {
    void htmx.ajax("get", address, { target: "#preview", swap: "innerHTML" });
  }, REST);
}

function walkTo(row: HTMLTableRowElement, focus: boolean): void {
  current()?.classList.remove("is-current");
  row.classList.add("is-current");
  row.scrollIntoView({ block: "nearest" });
  if (focus) row.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
  preview(row);
}

function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const busy = target.closest("input:not(.bulk-box), textarea, select, dialog, details.menu, button, nav");
  if (busy || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = rows();
  if (!all.length) return;
  const now = current();
  const index = now ? all.indexOf(now) : -1;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = all[Math.min(all.length - 1, Math.max(0, index + (event.key === "ArrowDown" ? 1 : -1)))];
    if (!next) return;
    event.preventDefault();
    walkTo(next, true);
  } else if (event.key === "Enter" && now && !target.closest("a")) {
    location.href = now.dataset["url"] ?? location.href;
  } else if (event.key === " " && now && !target.matches(".bulk-box")) {
    const box = now.querySelector<HTMLInputElement>(".bulk-box");
    if (!box) return;
    event.preventDefault();
    box.click();
  }
}

/** Where columns and preview do not both fit, the columns win; where they still do not fit, they scroll in their box. */
function fit(): void {
  const body = document.getElementById("list-body");
  const layout = body?.closest<HTMLElement>(".list-layout");
  const table = body?.querySelector<HTMLTableElement>("table.ledger");
  if (!body || !layout || !table) return;
  body.classList.remove("is-cramped");
  if (document.getElementById("preview")) layout.classList.add("has-preview");
  const over = (): boolean => table.scrollWidth > body.clientWidth + 1;
  if (over()) layout.classList.remove("has-preview");
  if (over()) body.classList.add("is-cramped");
}

function countMarked(): void {
  const bar = document.querySelector<HTMLElement>("[data-bulk-bar]");
  if (!bar) return;
  const boxes = Array.from(document.querySelectorAll<HTMLInputElement>(".bulk-box[name]"));
  const marked = boxes.filter((box) => box.checked).length;
  bar.hidden = marked === 0;
  const said = bar.querySelector<HTMLElement>("[data-bulk-count]");
  if (said) said.textContent = word("bulkCount", { count: marked });
  const all = document.querySelector<HTMLInputElement>("[data-bulk-all]");
  if (all) {
    all.checked = marked > 0 && marked === boxes.length;
    all.indeterminate = marked > 0 && marked < boxes.length;
  }
}

function onBulk(event: Event): void {
  const box = event.target as HTMLInputElement;
  if (box.matches("[data-bulk-all]"))
    for (const other of document.querySelectorAll<HTMLInputElement>(".bulk-box[name]")) other.checked = box.checked;
  if (box.matches(".bulk-box, [data-bulk-all]")) countMarked();
}

/** Empty filters do not belong in an address that is sent to a colleague. */
function dropEmpty(event: Event): void {
  const { detail } = event as CustomEvent<{ verb: string; formData?: FormData; elt: HTMLElement }>;
  if (detail.verb !== "get" || !detail.formData) return;
  for (const [name, value] of Array.from(detail.formData.entries())) if (value === "") detail.formData.delete(name);
}

function dropEmptyPlain(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  const fold = form.querySelector<HTMLDetailsElement>(".filter-fold");
  if (fold) fold.open = false;
  if (form.method !== "get") return;
  for (const control of Array.from(form.elements))
    if ((control instanceof HTMLInputElement || control instanceof HTMLSelectElement) && control.value === "") {
      control.disabled = true;
      window.setTimeout(() => (control.disabled = false));
    }
}

export function startLists(): void {
  document.addEventListener("keydown", onKey);
  document.addEventListener("change", onBulk);
  document.addEventListener("submit", dropEmptyPlain);
  document.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLTableRowElement>("tr[data-url]");
    if (row && WIDE.matches && row.dataset["preview"] && !target.closest("a, input, button, label")) walkTo(row, false);
  });
  document.body.addEventListener("htmx:configRequest", dropEmpty);
  document.body.addEventListener("htmx:afterSwap", (event) => {
    countMarked();
    fit();
    if ((event.target as HTMLElement).id === "list-body") startPreview();
  });
  window.addEventListener("resize", fit);
  fit();
  countMarked();
  startPreview();
}

/** The first row beside the table; where no row is left, nothing of the rows before. */
function startPreview(): void {
  const first = rows()[0];
  if (first && WIDE.matches && first.dataset["preview"]) walkTo(first, false);
  else if (!first) document.getElementById("preview")?.replaceChildren();
}
