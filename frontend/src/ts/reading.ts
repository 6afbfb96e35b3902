/**
 * A document and its tasks light each other up: pointing at or walking onto a task lights its clauses, and the other way round.
 * Without scripts the same places are plain links.
 */
const LIT = "is-lit";

function clausesOf(root: HTMLElement, draft: string): HTMLElement[] {
  return Array.from(root.querySelectorAll<HTMLElement>("[data-drafts]")).filter((clause) =>
    (clause.dataset["drafts"] ?? "").split(" ").includes(draft),
  );
}

function cardsOf(root: HTMLElement, clause: HTMLElement): HTMLElement[] {
  return (clause.dataset["drafts"] ?? "")
    .split(" ")
    .map((draft) => root.querySelector<HTMLElement>(`[data-proposal="${draft}"]`))
    .filter((card): card is HTMLElement => card !== null);
}

function light(root: HTMLElement, wanted: HTMLElement[]): void {
  for (const lit of root.querySelectorAll(`.${LIT}`)) if (!wanted.includes(lit as HTMLElement)) lit.classList.remove(LIT);
  for (const part of wanted) part.classList.add(LIT);
}

/** Everything that belongs to the task or clause under `target`. */
function kin(root: HTMLElement, target: EventTarget | null): HTMLElement[] {
  const from = target as HTMLElement | null;
  const card = from?.closest<HTMLElement>("[data-proposal]");
  if (card) return [card, ...clausesOf(root, card.dataset["proposal"] ?? "")];
  const clause = from?.closest<HTMLElement>("[data-drafts]");
  return clause ? [clause, ...cardsOf(root, clause)] : [];
}

/** After the page has moved by itself, what comes to lie under the pointer was not pointed at. */
let still = 0;

function show(part: HTMLElement | undefined): void {
  still = performance.now() + 500;
  part?.scrollIntoView({ block: "center", behavior: "auto" });
}

/** Up and down walk the tasks while one of them has the focus. */
function walk(root: HTMLElement, event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (target.closest("input:not(.bulk-box), textarea, select, details[open]")) return;
  const card = target.closest<HTMLElement>("[data-proposal]");
  if (!card || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
  const all = Array.from(root.querySelectorAll<HTMLElement>("[data-proposal]"));
  const next = all[all.indexOf(card) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  show(clausesOf(root, next.dataset["proposal"] ?? "")[0]);
}

export function startReading(): void {
  const root = document.querySelector<HTMLElement>("[data-reading]");
  if (!root) return;
  for (const card of root.querySelectorAll<HTMLElement>("[data-proposal]")) card.tabIndex = 0;
  root.addEventListener("mouseover", (event) => {
    if (performance.now() < still) return;
    const wanted = kin(root, event.target);
    if (wanted.length) light(root, wanted);
  });
  root.addEventListener("focusin", (event) => {
    const wanted = kin(root, event.target);
    if (wanted.length) light(root, wanted);
  });
  root.addEventListener("keydown", (event) => walk(root, event));
  root.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    const clause = target.closest<HTMLElement>("a[data-drafts]");
    const card = target.closest<HTMLElement>("[data-proposal]");
    if (clause) {
      event.preventDefault();
      const first = cardsOf(root, clause)[0];
      first?.focus({ preventScroll: true });
      show(first);
      light(root, kin(root, clause));
    } else if (card && !target.closest("a:not([data-clause]), button, input, summary, form")) {
      const link = target.closest("a[data-clause]");
      if (link) event.preventDefault();
      light(root, kin(root, card));
      show(clausesOf(root, card.dataset["proposal"] ?? "")[0]);
    }
  });
}
