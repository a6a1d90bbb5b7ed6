# The throwaway server with the packages that the role base installs: a minute less for each scenario whose subject is
# something else. The scenario default installs them itself.
ARG BASE
FROM ${BASE}
ARG PACKAGES
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ${PACKAGES} >/dev/null \
 && rm -rf /var/lib/apt/lists/*
