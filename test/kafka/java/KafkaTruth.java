import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka's own client, driven by lines on standard input: what it writes and what it reads is the truth that ours is compared with. */
public class KafkaTruth {
  static String brokers;
  static final List<KafkaProducer<String, String>> left = new ArrayList<>();

  public static void main(String[] args) throws Exception {
    brokers = args[0];
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      var words = line.split(" ");
      try {
        switch (words[0]) {
          case "two-aborts" -> twoAborts(words[1]);
          case "long-abort" -> longAbort(words[1]);
          case "compressed" -> compressed(words[1], words[2]);
          case "mixed" -> mixed(words[1], Long.parseLong(words[2]), Integer.parseInt(words[3]));
          case "read" -> read(words[1], Integer.parseInt(words[2]), Long.parseLong(words[3]));
          default -> throw new IllegalArgumentException(line);
        }
        System.out.println("done");
      } catch (Exception error) {
        error.printStackTrace();
        System.out.println("failed " + error);
      }
      System.out.flush();
    }
    Runtime.getRuntime().halt(0);
  }

  static void create(String topic, int partitions) throws Exception {
    var settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    try (var admin = AdminClient.create(settings)) {
      admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
    }
  }

  static KafkaProducer<String, String> producer(String id, String compression) {
    var settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    settings.put("key.serializer", StringSerializer.class.getName());
    settings.put("value.serializer", StringSerializer.class.getName());
    settings.put("transactional.id", id);
    settings.put("transaction.timeout.ms", "900000");
    settings.put("compression.type", compression);
    settings.put("linger.ms", "2");
    var made = new KafkaProducer<String, String>(settings);
    made.initTransactions();
    return made;
  }

  static void send(KafkaProducer<String, String> to, String topic, int partition, String text, int count, int padding) {
    for (int i = 0; i < count; i++) to.send(new ProducerRecord<>(topic, partition, "k" + i, text + "-" + i + "_".repeat(padding)));
    to.flush();
  }

  /** One producer aborts twice in one partition, with and without a commit between. */
  static void twoAborts(String topic) throws Exception {
    create(topic, 1);
    try (var one = producer(topic, "none")) {
      for (var end : "aacaac".toCharArray()) {
        one.beginTransaction();
        send(one, topic, 0, end == 'a' ? "ABORTED" : "kept", 5, 0);
        if (end == 'a') one.abortTransaction();
        else one.commitTransaction();
      }
    }
  }

  /** Aborted transactions of 4 MB each, larger than one answer. */
  static void longAbort(String topic) throws Exception {
    create(topic, 1);
    try (var one = producer(topic, "none")) {
      for (int round = 0; round < 2; round++) {
        one.beginTransaction();
        send(one, topic, 0, "kept" + round, 6, 0);
        one.commitTransaction();
        one.beginTransaction();
        for (int i = 0; i < 40; i++) send(one, topic, 0, "ABORTED" + i, 500, 180);
        one.abortTransaction();
      }
      one.beginTransaction();
      send(one, topic, 0, "last", 4, 0);
      one.commitTransaction();
    }
  }

  static void compressed(String topic, String compression) throws Exception {
    create(topic, 1);
    try (var one = producer(topic, compression)) {
      for (int round = 0; round < 6; round++) {
        one.beginTransaction();
        for (int i = 0; i < 3; i++) send(one, topic, 0, (round % 3 == 2 ? "kept" : "ABORTED") + round + i, 150, 90);
        if (round % 3 == 2) one.commitTransaction();
        else one.abortTransaction();
      }
    }
  }

  /** Five producers in two partitions, whose transactions interleave, end well and badly, are fenced, and one of which stays open. */
  static void mixed(String topic, long seed, int rounds) throws Exception {
    create(topic, 2);
    var random = new Random(seed);
    var compressions = List.of("none", "gzip", "snappy", "lz4", "zstd");
    var producers = new ArrayList<KafkaProducer<String, String>>();
    for (int i = 0; i < 5; i++) producers.add(producer(topic + i, compressions.get(i)));
    var open = new boolean[5];
    for (int round = 0; round < rounds; round++) {
      int who = random.nextInt(5);
      var one = producers.get(who);
      if (!open[who]) one.beginTransaction();
      open[who] = true;
      int what = random.nextInt(10);
      if (what < 5) {
        for (int i = 0; i < 2; i++) send(one, topic, random.nextInt(2), "p" + who + "r" + round + "i" + i, 1 + random.nextInt(30), random.nextInt(200));
      } else if (what < 9) {
        if (what < 7) one.commitTransaction();
        else one.abortTransaction();
        open[who] = false;
      } else {
        send(one, topic, random.nextInt(2), "FENCED" + round, 3, 10);
        producers.set(who, producer(topic + who, compressions.get(who)));
        open[who] = false;
        try {
          one.commitTransaction();
          throw new IllegalStateException("not fenced");
        } catch (KafkaException fenced) {
          one.close(Duration.ZERO);
        }
      }
    }
    for (int i = 0; i < 4; i++) {
      if (open[i] && i % 2 == 0) producers.get(i).commitTransaction();
      else if (open[i]) producers.get(i).abortTransaction();
    }
    if (!open[4]) producers.get(4).beginTransaction();
    send(producers.get(4), topic, 0, "OPEN", 20, 10);
    producers.get(0).beginTransaction();
    for (int partition = 0; partition < 2; partition++) send(producers.get(0), topic, partition, "behind", 20, 10);
    producers.get(0).commitTransaction();
    for (int i = 0; i < 4; i++) producers.get(i).close();
    left.add(producers.get(4));
  }

  /** Prints what is committed from an offset on: partition, offset, key, value. */
  static void read(String topic, int partition, long from) {
    var settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    settings.put("isolation.level", "read_committed");
    settings.put("enable.auto.commit", "false");
    settings.put("auto.offset.reset", "none");
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      var place = new TopicPartition(topic, partition);
      consumer.assign(List.of(place));
      consumer.seek(place, from);
      long end = consumer.endOffsets(List.of(place)).get(place);
      var rows = new TreeMap<Long, ConsumerRecord<String, String>>();
      while (consumer.position(place) < end) for (var record : consumer.poll(Duration.ofMillis(200))) rows.put(record.offset(), record);
      for (var record : rows.values()) System.out.println("row " + record.offset() + " " + record.key() + " " + record.value());
    }
  }
}
