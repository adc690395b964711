import { describe, expect, it } from "vitest";
import { checkRequest, type Guard, isLoopback } from "../../src/server/guard.ts";

const guard: Guard = { token: "secret", hosts: ["127.0.0.1", "localhost", "[::1]"] };
const authorization = "Bearer secret";
const host = "127.0.0.1:5000";

describe("a request", () => {
  it("passes with the token and a Host that is this machine", () => {
    for (const name of [host, "localhost:5000", "LOCALHOST", "[::1]:5000"]) {
      expect(() => checkRequest("POST", { host: name, authorization }, guard)).not.toThrow();
    }
  });

  it.each([undefined, "Bearer wrong", "Bearer secret2", "Basic c2VjcmV0", "secret"])(
    "does not pass with %j",
    (given) => {
      const headers = { host, ...(given === undefined ? {} : { authorization: given }) };
      expect(() => checkRequest("GET", headers, guard)).toThrow("MLFLOW_TRACKING_TOKEN");
    },
  );

  it.each(["evil.example", "127.0.0.1.evil.example:5000", "10.evil.com", ""])(
    "does not pass with the Host %j",
    (name) => {
      expect(() => checkRequest("GET", { host: name, authorization }, { ...guard, token: null })).toThrow(
        `The Host '${name}' is not this server`,
      );
    },
  );

  it("does not write for a page of another origin, nor for one without", () => {
    for (const origin of ["https://evil.example", "http://127.0.0.1:8888", "null"]) {
      expect(() => checkRequest("PUT", { host, origin }, { ...guard, token: null })).toThrow(`'${origin}'`);
    }
  });

  it("writes for a page that it came from itself, behind a proxy that ends TLS too", () => {
    const open = { token: null, hosts: null };
    expect(() => checkRequest("POST", { host: "hub.example", origin: "https://hub.example" }, open)).not.toThrow();
  });
});

describe("an address", () => {
  it("is loopback or not, whatever it looks like", () => {
    expect(["localhost", "127.0.0.1", "127.8.9.10", "::1"].every(isLoopback)).toBe(true);
    expect(["0.0.0.0", "::", "127.0.0.1.nip.io", "10.0.0.1", "localhost.evil"].some(isLoopback)).toBe(false);
  });
});
