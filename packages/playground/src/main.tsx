/** Puts the page up. */
import { render } from "preact";
import { App, startApp } from "./app.tsx";
import { startTheme } from "./theme.ts";

startTheme();
startApp();
render(<App />, document.getElementById("app")!);
