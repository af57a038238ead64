# docker build -t certwhy . && docker run --rm -p 127.0.0.1:8080:8080 --read-only --cap-drop=ALL certwhy
# A single log:  docker run --rm -i certwhy diagnose - < bot.log
FROM rust:1-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked

# glibc and nothing else: no shell, no package manager, not root. As a number, so that orchestrators can see that.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/release/certwhy /usr/local/bin/certwhy
USER 65532:65532
EXPOSE 8080
# No HEALTHCHECK: the image has no program that could ask. Let the orchestrator ask /healthz and /readyz.
ENTRYPOINT ["/usr/local/bin/certwhy"]
CMD ["serve", "--listen", "0.0.0.0:8080", "--log-format", "json"]
