FROM python:3.11-slim AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src

# Every file is checked against the lock here; from then on pip sees these files and nothing else, so that what is
# installed below is what the lock says, without what only development needs.
COPY requirements.lock ./
RUN pip download --require-hashes --no-deps --requirement requirements.lock --dest /wheels

RUN python -m venv /build && /build/bin/pip install --no-index --find-links /wheels hatchling
COPY . .
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .
RUN python -m venv /opt/daybook && /opt/daybook/bin/pip install --no-index --find-links /wheels daybook


FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin daybook \
    && install --directory --mode 700 --owner 10001 /var/lib/daybook
COPY --from=builder /opt/daybook /opt/daybook
ENV PATH=/opt/daybook/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 DAYBOOK_HOST=0.0.0.0 DAYBOOK_PORT=8000

# Nothing is written outside /tmp but the worker's ledger of who was erased, which belongs on a volume at /var/lib/daybook:
# the root file system may be read-only.
WORKDIR /tmp
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f\"http://127.0.0.1:{os.environ['DAYBOOK_PORT']}/readyz\", timeout=2)"]
ENTRYPOINT ["daybook"]
CMD ["api"]
