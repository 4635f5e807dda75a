// What the pages do beyond plain forms: busy buttons, questions, copying, toasts, light and dark.
// Another script shows a toast by the event "toast" on the document.
(() => {
  const root = document.documentElement;
  const words = () => document.body.dataset;
  const SHOWN_FOR = 6000;
  const COPIED_FOR = 2000;

  const busy = (form, isBusy) => {
    form.setAttribute("aria-busy", String(isBusy));
    for (const button of form.querySelectorAll("button:not([type=button])")) {
      button.disabled = isBusy;
      button.classList.toggle("btn-loading", isBusy);
    }
  };

  const fade = (toast) => {
    if (!toast.classList.contains("toast-danger")) setTimeout(() => toast.remove(), SHOWN_FOR);
  };

  const toast = (text, kind) => {
    const made = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
    made.classList.add(`toast-${kind}`);
    made.querySelector("p").textContent = text;
    document.getElementById("toasts").append(made);
    fade(made);
  };

  document.addEventListener("toast", ({ detail }) => toast(detail.text, detail.look));

  const ask = (form, submitter) => {
    const dialog = document.getElementById("ask");
    dialog.querySelector("[data-ask-text]").textContent = form.dataset.confirm;
    const yes = dialog.querySelector("[data-ask-yes]");
    yes.textContent = submitter?.textContent.trim() || yes.textContent;
    yes.onclick = () => {
      dialog.close();
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter);
    };
    dialog.showModal();
  };

  const copy = async (button) => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.value);
    } catch {
      const type = source.type;
      source.type = "text";
      source.select();
      document.execCommand("copy");
      source.type = type;
    }
    const label = button.querySelector("[data-label]");
    const before = label.dataset.label || (label.dataset.label = label.textContent);
    label.textContent = words().copied;
    button.classList.add("btn-success");
    setTimeout(() => {
      label.textContent = before;
      button.classList.remove("btn-success");
    }, COPIED_FOR);
  };

  const reveal = (button) => {
    const field = document.getElementById(button.dataset.reveal);
    const isHidden = field.type === "password";
    field.type = isHidden ? "text" : "password";
    button.setAttribute("aria-pressed", String(isHidden));
  };

  const switchTheme = () => {
    const wanted = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.bsTheme = wanted;
    root.dataset.chosen = wanted;
    document.cookie = `${words().themeCookie}=${wanted}; path=${words().root}/; max-age=31536000; samesite=lax`;
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && form.dataset.confirmed !== "yes") {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(form, event.submitter);
      return;
    }
    delete form.dataset.confirmed;
    setTimeout(() => busy(form, true));
  }, true);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-reveal], [data-switch-theme], [data-close], [data-ask-no]");
    const menu = document.querySelector("details.person[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
    if (!button) return;
    if (button.dataset.copy) copy(button);
    else if (button.dataset.reveal) reveal(button);
    else if ("switchTheme" in button.dataset) switchTheme();
    else if ("close" in button.dataset) button.closest(".toast-line").remove();
    else document.getElementById("ask").close();
  });

  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector("details.person[open]");
    if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });

  document.addEventListener("htmx:finally:request", () => {
    for (const form of document.querySelectorAll("form[aria-busy=true]")) busy(form, false);
    document.querySelectorAll(".toast-line:not([data-fades])").forEach((line) => {
      line.dataset.fades = "yes";
      fade(line);
    });
  });
  document.addEventListener("htmx:error", (event) => {
    if (!event.detail.ctx?.sourceElement?.matches("[data-quiet]")) toast(words().unreachable, "danger");
  });

  addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.querySelectorAll("form[aria-busy=true]")) busy(form, false);
  });

  for (const line of document.querySelectorAll(".toast-line")) {
    line.dataset.fades = "yes";
    fade(line);
  }
})();
