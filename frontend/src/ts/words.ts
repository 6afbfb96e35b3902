/** Words that scripts show: the page hands them over translated, as data attributes of the body. */
export function word(key: string, values: Record<string, string | number> = {}): string {
  const text = document.body.dataset[`word${key[0]?.toUpperCase() ?? ""}${key.slice(1)}`] ?? "";
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** An icon from the sprite, beside words that already say the same. */
export function icon(name: string): SVGSVGElement {
  const sprite = document.body.dataset["icons"] ?? "";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}
