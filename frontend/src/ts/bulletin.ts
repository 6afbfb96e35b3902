/**
 * The words of a bulletin: figures stand in the text as fixed chips that open their rows. The plain text with {keys} below is what
 * is sent; without scripts it is what one edits.
 */
function isFigure(node: Node): node is HTMLElement {
  return node instanceof HTMLElement && node.dataset["figure"] !== undefined;
}

/** The text of an edited tree: chips as {key}, blocks and breaks as lines. */
function textOf(node: Node): string {
  if (node.nodeType === Node.TEXT_NODE) return (node.textContent ?? "").replace(/[\n\u00a0\u200b]+/g, " ").replace(/^ +$/, "");
  if (isFigure(node)) {
    const key = `{${node.dataset["figure"] ?? ""}}`;
    return node.tagName === "DIV" ? `\n${key}\n` : key;
  }
  if (!(node instanceof HTMLElement)) return "";
  if (node.tagName === "BR") return "\n";
  const inner = Array.from(node.childNodes, textOf).join("");
  return ["P", "DIV"].includes(node.tagName) ? `\n${inner}\n` : inner;
}

function plain(words: HTMLElement): string {
  return textOf(words)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");
}

function chip(from: HTMLElement): HTMLElement {
  const made = document.createElement("span");
  made.className = "figure-chip";
  made.contentEditable = "false";
  made.dataset["figure"] = from.dataset["insert"] ?? "";
  made.title = from.dataset["label"] ?? "";
  const link = from.dataset["link"] ?? "";
  const inner: HTMLElement = document.createElement(link ? "a" : "span");
  if (inner instanceof HTMLAnchorElement) inner.href = link;
  inner.textContent = from.dataset["text"] ?? "";
  made.append(inner);
  return made;
}

/** Put a chip where the cursor stands, or at the end of the last line of words. */
function insert(words: HTMLElement, made: HTMLElement, last: Range | null): void {
  const range = last && words.contains(last.commonAncestorContainer) ? last : null;
  const inside = range?.startContainer instanceof HTMLElement ? range.startContainer : range?.startContainer.parentElement;
  if (range && inside && !inside.closest("[data-figure]")) {
    range.collapse(false);
    range.insertNode(made);
  } else {
    const lines = words.querySelectorAll<HTMLElement>(".words-line");
    (lines[lines.length - 1] ?? words).append(made);
  }
  const after = document.createRange();
  after.setStartAfter(made);
  after.collapse(true);
  const selection = document.getSelection();
  selection?.removeAllRanges();
  selection?.addRange(after);
  words.focus();
}

export function startBulletin(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-bulletin]");
  const words = form?.querySelector<HTMLElement>("[data-words]");
  const field = form?.querySelector<HTMLTextAreaElement>("textarea[name=body]");
  if (!form || !words || !field) return;
  let last: Range | null = null;
  const first = plain(words);
  form.classList.add("is-live");
  words.hidden = false;
  words.contentEditable = "true";
  field.hidden = true;
  document.execCommand("defaultParagraphSeparator", false, "p");
  const keep = (): void => {
    const text = plain(words);
    if (text !== first) field.value = text;
    else field.value = field.defaultValue;
    for (const item of form.querySelectorAll<HTMLElement>("[data-insert]"))
      item.closest("li")?.classList.toggle("is-used", text.includes(`{${item.dataset["insert"] ?? ""}}`));
  };
  words.addEventListener("input", keep);
  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    if (selection?.rangeCount && words.contains(selection.anchorNode)) last = selection.getRangeAt(0).cloneRange();
  });
  words.addEventListener("paste", (event) => {
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData?.getData("text/plain") ?? "");
  });
  words.addEventListener("drop", (event) => event.preventDefault());
  words.addEventListener("click", (event) => {
    const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("a[href]");
    if (!link) return;
    event.preventDefault();
    window.open(link.href, "_blank", "noopener");
  });
  for (const button of form.querySelectorAll<HTMLElement>("[data-insert]"))
    button.addEventListener("click", () => {
      insert(words, chip(button), last);
      keep();
    });
  form.addEventListener("submit", keep);
  keep();
}
