package dev.stardust.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;

/** How the time of one sync grows with the number of addresses; both axes logarithmic. */
final class Plot {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 400;
    private static final int MARGIN = 60;
    /** Powers of ten at the ends of the axes: addresses, and seconds. */
    private static final int LEAST_X = 2;

    private static final int MOST_X = 6;
    private static final int LEAST_Y = -4;
    private static final int MOST_Y = 3;

    private final StringBuilder svg = new StringBuilder();

    private Plot() {}

    static void write(Path file, SortedMap<Long, Double> ours, SortedMap<Long, Double> theirs) throws IOException {
        Plot plot = new Plot();
        plot.frame();
        plot.line(ours, "#1a6faf", "stardust-wallet");
        plot.line(theirs, "#c0392b", "iota-sdk 1.1.4");
        Files.writeString(file, plot.svg.append("</svg>\n"));
    }

    private void frame() {
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">",
                WIDTH, HEIGHT);
        add("<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", WIDTH, HEIGHT);
        for (int power = LEAST_X; power <= MOST_X; power++) {
            double x = x(Math.pow(10, power));
            add("<path d=\"M%.1f %d V%d\" stroke=\"#ddd\"/>", x, MARGIN / 2, HEIGHT - MARGIN);
            add(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%,d</text>",
                    x, HEIGHT - MARGIN + 18, Math.round(Math.pow(10, power)));
        }
        for (int power = LEAST_Y; power <= MOST_Y; power++) {
            double y = y(Math.pow(10, power));
            add("<path d=\"M%d %.1f H%d\" stroke=\"#ddd\"/>", MARGIN, y, WIDTH - MARGIN / 2);
            add("<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>", MARGIN - 6, y + 4, unit(power));
        }
        add("<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">addresses</text>", WIDTH / 2, HEIGHT - 14);
        add("<text x=\"%d\" y=\"18\">time of one sync</text>", MARGIN);
    }

    private void line(SortedMap<Long, Double> points, String colour, String name) {
        StringBuilder path = new StringBuilder();
        double x = 0;
        double y = 0;
        for (Map.Entry<Long, Double> point : points.entrySet()) {
            x = x(point.getKey());
            y = y(point.getValue());
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f ", path.isEmpty() ? "M" : "L", x, y));
            add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", x, y, colour);
        }
        if (!points.isEmpty()) {
            add(
                    "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
                    path.toString().strip(), colour);
            add("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" fill=\"%s\">%s</text>", x, y - 10, colour, name);
        }
    }

    private static double x(double addresses) {
        return MARGIN + (Math.log10(addresses) - LEAST_X) / (MOST_X - LEAST_X) * (WIDTH - 1.5 * MARGIN);
    }

    private static double y(double seconds) {
        return HEIGHT - MARGIN - (Math.log10(seconds) - LEAST_Y) / (MOST_Y - LEAST_Y) * (HEIGHT - 1.5 * MARGIN);
    }

    private static String unit(int power) {
        return power < 0
                ? String.format(Locale.ROOT, "%s ms", power == -4 ? "0.1" : Math.round(Math.pow(10, power + 3)))
                : String.format(Locale.ROOT, "%,d s", Math.round(Math.pow(10, power)));
    }

    private void add(String line, Object... arguments) {
        svg.append(String.format(Locale.ROOT, line, arguments)).append('\n');
    }
}
