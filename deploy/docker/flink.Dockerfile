# Apache Flink with what jobs of the product need beside it, in the versions and with the checksums of `npm run flink:up`.
# The context is the repository.

FROM maven:3.9-eclipse-temurin-17 AS jars
WORKDIR /jars
COPY scripts/cluster/jars/flink-2.3.0.sha256 /known.sha256
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN for artifact in \
      org.apache.flink:flink-sql-avro:2.3.0 \
      org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2 \
      org.apache.iceberg:iceberg-flink-runtime-2.1:1.11.0 \
      org.apache.hadoop:hadoop-client-api:3.4.2 \
      org.apache.hadoop:hadoop-client-runtime:3.4.2 \
      commons-logging:commons-logging:1.3.5 \
      org.postgresql:postgresql:42.7.7; \
    do mvn --batch-mode --quiet dependency:copy -Dartifact="$artifact" -DoutputDirectory=/jars; done \
 && known="$(sha256sum --check --ignore-missing /known.sha256)" \
 && test "$(wc --lines <<<"$known")" = "$(find /jars -type f | wc --lines)"

FROM flink:2.3.0-scala_2.12-java17 AS flink
COPY --from=jars --chmod=644 /jars/ /opt/flink/lib/
# A volume that is mounted here begins as this folder, with its owner.
RUN install --directory --owner=flink --group=flink /flink/checkpoints /flink/savepoints
