import "@tensorflow/tfjs-backend-cpu";
import { serveTfjs } from "../../src/tfjs.ts";

serveTfjs();
