/** Copies a text (a recovery key, a link) and says so. */
import { toast } from "./toast";
import { word } from "./words";

export function startCopy(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-copy]");
    if (!button) return;
    void navigator.clipboard.writeText(button.dataset["copy"] ?? "").then(
      () => toast(word("copied"), "success"),
      () => toast(word("failed"), "error"),
    );
  });
}
