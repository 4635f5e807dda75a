// Hears over a WebSocket what changes: parts of the page that show it ("data-hears") are told to "look", which fetches
// them again. While nothing can be heard, they look every few seconds.
(() => {
  const form = document.getElementById("live");
  const EVERY_DEAF = 3000;
  const EVERY_HEARING = 30000; // times such as "2 minutes ago" grow old, and nothing tells of it
  const HEARTBEATS_MISSED = 2.5;
  const FIRST_PAUSE = 1000;
  const LONGEST_PAUSE = 60000;

  let socket = null;
  let pause = FIRST_PAUSE;
  let heardAt = 0;
  let longestSilence = 60000;
  let lookedAt = Date.now();

  const parts = () => [...document.querySelectorAll("[data-hears]")];
  const hears = (part, type) => part.dataset.hears.split(" ").includes(type);
  const look = (shown) => shown.forEach((part) => part.dispatchEvent(new CustomEvent("look")));
  const lookAtAll = () => {
    lookedAt = Date.now();
    look(parts());
  };
  const isHearing = () => "hearing" in form.dataset;

  const show = ({ kind, target }) => {
    const title = form.querySelector(`[data-alarm="${CSS.escape(kind)}"]`);
    const detail = { text: `${title.textContent}: ${target}`, look: title.dataset.look };
    document.dispatchEvent(new CustomEvent("toast", { detail }));
  };

  const hear = ({ data }) => {
    const told = JSON.parse(data);
    heardAt = Date.now();
    if (told.type === "connected") {
      pause = FIRST_PAUSE;
      longestSilence = told.heartbeat * 1000 * HEARTBEATS_MISSED;
      form.dataset.hearing = "";
    }
    if (["connected", "resync"].includes(told.type)) lookAtAll();
    else look(parts().filter((part) => hears(part, told.type)));
    if (told.type === "alarm") show(told.data);
  };

  const later = () => {
    setTimeout(connect, pause * (0.5 + Math.random() / 2));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  };

  const lose = () => {
    socket.onclose = socket.onmessage = null;
    socket.close();
    socket = null;
    delete form.dataset.hearing;
    later();
  };

  const connect = async () => {
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const address = new URL((await answer.json()).url);
      if (parts().some((part) => hears(part, "new_message"))) address.searchParams.set("conversation", "*");
      socket = new WebSocket(address);
    } catch {
      later();
      return;
    }
    heardAt = Date.now();
    socket.onmessage = hear;
    socket.onclose = lose;
  };

  setInterval(() => {
    if (socket && Date.now() - heardAt > longestSilence) lose();
    if (!isHearing() || Date.now() - lookedAt >= EVERY_HEARING) lookAtAll();
  }, EVERY_DEAF);
  connect();
})();
