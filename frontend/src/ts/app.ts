import "htmx.org";
import { startBulletin } from "./bulletin";
import { startChrome } from "./chrome";
import { startCopy } from "./copy";
import { startDrafts } from "./drafts";
import { startLists } from "./list";
import { startMaps } from "./map";
import { startPhotos } from "./photos";
import { startReading } from "./reading";
import { startScan } from "./scan";
import { startSession } from "./session";
import { startSubmitGuard } from "./submit";
import { startToasts } from "./toast";
import { startViewer } from "./viewer";

/** Anything over 400 ms shows progress: the class starts a line whose transition waits that long. */
function showProgress(): void {
  const root = document.documentElement;
  const quiet = (event: Event): boolean => (event.target as HTMLElement).closest("[data-quiet]") !== null;
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (!quiet(event)) root.classList.add("is-loading");
  });
  document.body.addEventListener("htmx:afterRequest", () => root.classList.remove("is-loading"));
  window.addEventListener("beforeunload", () => root.classList.add("is-loading"));
  window.addEventListener("pageshow", () => root.classList.remove("is-loading"));
}

function start(): void {
  startChrome();
  startToasts();
  startDrafts();
  startSubmitGuard();
  startPhotos();
  startViewer();
  startLists();
  startReading();
  startBulletin();
  startSession();
  startScan();
  startMaps();
  startCopy();
  showProgress();
  document.body.addEventListener("htmx:load", (event) => {
    const root = event.target as HTMLElement;
    startPhotos(root);
    startMaps(root);
  });
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
