// Cards are dragged with mouse, pen or finger; a click or the Enter key does the same by htmx alone.
"use strict";
(() => {
  const FAR_ENOUGH = 8;
  const SAID_SECONDS = 6;
  const MOST_LINES = 400;
  let drag = null;
  let justDragged = false;
  let quiet = 0;

  const post = (path, values) =>
    window.htmx.ajax("POST", path, { source: "#desk", target: "#desk", swap: "outerHTML", values });

  const bayUnder = (event, kind) =>
    document.elementsFromPoint(event.clientX, event.clientY)
      .map((element) => element.closest("[data-bay]"))
      .find((bay) => bay && bay.dataset.bay === kind) || null;

  const overReader = (event) =>
    document.elementsFromPoint(event.clientX, event.clientY).some((element) => element.closest(".reader"));

  function lift(event) {
    drag.ghost = document.createElement("div");
    drag.ghost.className = "ghost";
    drag.ghost.setAttribute("aria-hidden", "true");
    drag.ghost.append(drag.button.querySelector(".face").cloneNode(true));
    document.body.append(drag.ghost);
    drag.button.classList.add("dragging");
    document.body.classList.add("lifting");
    try { drag.button.setPointerCapture(event.pointerId); } catch { /* the button was drawn anew */ }
  }

  function follow(event) {
    drag.ghost.style.left = `${event.clientX}px`;
    drag.ghost.style.top = `${event.clientY}px`;
    document.querySelectorAll("[data-bay]").forEach((bay) => bay.classList.remove("over"));
    const bay = bayUnder(event, drag.kind);
    if (bay) bay.classList.add("over");
  }

  function drop(event) {
    const { card, kind, out } = drag;
    const inside = bayUnder(event, kind) || (kind === "user" && overReader(event));
    if (!out && inside) post("/desk/insert", { card });
    if (out && !inside) post("/desk/eject", { slot: kind });
  }

  function end() {
    if (drag && drag.ghost) {
      drag.ghost.remove();
      document.body.classList.remove("lifting");
      drag.button.classList.remove("dragging");
      document.querySelectorAll("[data-bay]").forEach((bay) => bay.classList.remove("over"));
      justDragged = true;
      setTimeout(() => { justDragged = false; }, 0);
    }
    drag = null;
  }

  document.addEventListener("pointerdown", (event) => {
    const button = event.target.closest(".card");
    if (!button || event.button !== 0) return;
    const out = button.dataset.in !== undefined;
    const kind = out ? button.dataset.in : button.dataset.kind;
    drag = { button, out, kind, card: button.dataset.card, x: event.clientX, y: event.clientY, ghost: null };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (!drag.ghost) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < FAR_ENOUGH) return;
      lift(event);
    }
    event.preventDefault();
    follow(event);
  });
  document.addEventListener("pointerup", (event) => {
    if (drag && drag.ghost) drop(event);
    end();
  });
  document.addEventListener("pointercancel", end);
  document.addEventListener("click", (event) => {
    if (justDragged) { event.preventDefault(); event.stopPropagation(); }
  }, true);

  // what was just said goes away again; it stays for who listens to it
  document.addEventListener("htmx:afterSettle", () => {
    const said = document.getElementById("said");
    if (!said || !said.textContent.trim()) return;
    said.classList.remove("old");
    clearTimeout(quiet);
    quiet = setTimeout(() => said.classList.add("old"), SAID_SECONDS * 1000);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "window") return;
    const found = event.target.querySelector("[data-focus]") || event.target.querySelector("[aria-current]");
    const inField = event.target.querySelector("[aria-invalid=true]");
    if (inField) inField.focus();
    else if (found) { found.focus({ preventScroll: true }); event.target.scrollTop = 0; }
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (!opener) return;
    const panel = document.getElementById(opener.dataset.opens);
    panel.hidden = !panel.hidden;
    opener.setAttribute("aria-expanded", String(!panel.hidden));
    if (!panel.hidden) window.htmx.trigger(panel, "opened");
  });

  // the newest line of the trace is in sight, and no more lines than a person reads
  function toNewest() {
    const trace = document.getElementById("trace");
    if (!trace) return;
    while (trace.children.length > MOST_LINES) trace.firstElementChild.remove();
    trace.parentElement.scrollTop = trace.parentElement.scrollHeight;
  }
  document.addEventListener("htmx:sseMessage", (event) => { if (event.detail.type === "trace") toNewest(); });
  document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "inside-parts") toNewest(); });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  document.addEventListener("submit", (event) => {
    const back = event.target.querySelector("[data-back]");
    if (back) back.value = location.pathname + location.search;
  });
})();
