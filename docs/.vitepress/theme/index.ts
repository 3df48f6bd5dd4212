/** VitePress's own look, with room for tables and charts for the dark. */
import DefaultTheme from "vitepress/theme";
import "./style.css";

export default DefaultTheme;
