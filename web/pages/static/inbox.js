// What the inbox does beyond htmx: times as people read them, the end of the thread, files, texts at hand, answers.
// What knows of news sends "inbox-look" to the body, as live.js tells the page to look: what changed is fetched at once.
(() => {
  const main = document.getElementById("main");
  const language = document.documentElement.lang;
  const TICK = 15000;
  const MINUTE = 60000;
  const HOUR = 60 * MINUTE;
  const SOON = 2 * HOUR;
  const NEAR = 80;
  const find = (selector, within = main) => within.querySelector(selector);
  const look = () => document.body.dispatchEvent(new CustomEvent("inbox-look"));

  // --- times
  const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
  const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "medium" });

  const writeTime = (time) => {
    const at = new Date(time.getAttribute("datetime"));
    const isToday = at.toDateString() === new Date().toDateString();
    const isShort = time.classList.contains("line-time");
    const text = isToday ? clock.format(at) : isShort ? day.format(at) : `${day.format(at)}, ${clock.format(at)}`;
    if (time.textContent !== text) time.textContent = text;
    time.title = whole.format(at);
  };

  const writeLeft = (place) => {
    const left = new Date(place.dataset.closes) - Date.now();
    const hours = Math.floor(left / HOUR);
    const minutes = Math.max(0, Math.floor((left % HOUR) / MINUTE));
    const time = hours > 0 ? `${hours} h ${"long" in place.dataset ? `${minutes} min` : ""}`.trim() : `${minutes} min`;
    const text = "long" in place.dataset ? main.dataset.left.replace("{time}", time) : time;
    if (place.textContent !== text) place.textContent = text;
    place.classList.toggle("left-soon", left < SOON);
    return left;
  };

  let isOver = false;
  const writeTimes = () => {
    main.querySelectorAll("[data-local]").forEach(writeTime);
    const left = [...main.querySelectorAll("#thread-head [data-closes]")].map(writeLeft);
    main.querySelectorAll(".line [data-closes]").forEach(writeLeft);
    const wasOver = isOver;
    isOver = left.some((one) => one <= 2 * MINUTE);
    if (isOver && !wasOver) document.body.dispatchEvent(new CustomEvent("inbox-thread"));
  };

  // --- the end of the thread stays in sight for whoever looks at it
  let isAtEnd = true;
  const toEnd = () => {
    const messages = find("#messages");
    if (messages && isAtEnd) messages.scrollTop = messages.scrollHeight;
  };
  main.addEventListener("scroll", ({ target }) => {
    if (target.id === "messages") isAtEnd = target.scrollHeight - target.scrollTop - target.clientHeight < NEAR;
  }, true);
  main.addEventListener("load", toEnd, true);
  new ResizeObserver(toEnd).observe(main);

  // --- what lies before somebody's eyes counts as read
  const seen = () => {
    if (document.visibilityState === "visible") find("#seen")?.dispatchEvent(new CustomEvent("inbox-seen"));
  };

  // --- files: chosen, dropped or pasted
  const showFile = () => {
    const input = find("#answer input[type=file]");
    const place = find("#answer [data-file]");
    if (!input || !place) return;
    place.hidden = !input.files.length;
    find("[data-file-name]", place).textContent = input.files[0]?.name ?? "";
  };
  const take = (files) => {
    const input = find("#answer input[type=file]");
    if (!input || !files.length) return false;
    const one = new DataTransfer();
    one.items.add(files[0]);
    input.files = one.files;
    showFile();
    find("#answer textarea").focus();
    return true;
  };

  // --- answers
  const about = (wamid, text) => {
    find("#answer [name=reply_to]").value = wamid;
    find("#answer [data-about-text]").textContent = text;
    find("#answer [data-about]").hidden = !wamid;
    find("#answer textarea").focus();
  };
  const insert = (text) => {
    const field = find("#answer textarea");
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    find("#answer .canned").open = false;
    field.focus();
  };
  const fillPlaces = () => {
    for (const mark of main.querySelectorAll("[data-look] .place")) {
      const name = mark.dataset.name ?? (mark.dataset.name = mark.textContent);
      const value = find(`[data-place="${CSS.escape(name)}"]`)?.value.trim();
      mark.textContent = value || name;
      mark.classList.toggle("filled", Boolean(value));
    }
  };

  document.addEventListener("click", (event) => {
    const open = find(".canned[open]");
    if (open && !open.contains(event.target)) open.open = false;
    const button = event.target.closest("[data-reply], [data-about-drop], [data-file-drop], [data-canned], [data-beside]");
    if (!button) return;
    if (button.dataset.reply) {
      about(button.dataset.reply, find(".message-text", button.closest(".message"))?.textContent ?? "…");
    } else if ("aboutDrop" in button.dataset) about("", "");
    else if ("fileDrop" in button.dataset) {
      find("#answer input[type=file]").value = "";
      showFile();
    } else if ("canned" in button.dataset) insert(button.dataset.canned);
    else button.setAttribute("aria-expanded", String(find("#conversation").classList.toggle("with-beside")));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") main.querySelectorAll(".canned[open]").forEach((one) => { one.open = false; });
    const isSending = event.key === "Enter" && !event.shiftKey && !event.isComposing;
    if (isSending && event.target.matches("#answer textarea") && matchMedia("(hover: hover)").matches) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-place]")) fillPlaces();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("#answer input[type=file]")) showFile();
  });
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files") || !find("#answer input[type=file]")) return;
    event.preventDefault();
    find(".thread").classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) find(".thread")?.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    find(".thread")?.classList.remove("dropping");
    if (take(event.dataTransfer.files)) event.preventDefault();
  });
  document.addEventListener("paste", (event) => {
    if (event.target.matches("#answer textarea") && take(event.clipboardData.files)) event.preventDefault();
  });

  // --- htmx has put something in its place
  const drawn = () => {
    writeTimes();
    toEnd();
    fillPlaces();
    seen();
    const id = find("#conversation input[name=open]")?.value;
    for (const line of main.querySelectorAll(".line")) {
      if (line.id === `line-${id}`) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    }
  };
  document.addEventListener("htmx:finally:request", (event) => {
    const { sourceElement: source, request, response } = event.detail.ctx;
    const isDone = response && response.status < 400;
    if (isDone && source.matches("[data-opens]")) {
      history.pushState({}, "", source.href);
      isAtEnd = true;
      if (matchMedia("(hover: hover)").matches) find("#answer textarea")?.focus();
    }
    if (isDone && source.matches("form") && source.closest("#conversation") && request.method === "POST") {
      source.querySelectorAll("[data-clears]").forEach((field) => { field.value = ""; });
      if ("answer" in source.dataset) {
        isAtEnd = true;
        find("#answer textarea")?.focus();
      }
      look();
    }
    drawn();
  });
  addEventListener("popstate", () => location.reload());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      look();
      seen();
    }
  });
  setInterval(writeTimes, TICK);
  document.addEventListener("DOMContentLoaded", () => setTimeout(drawn));
})();
