package dev.stardust.wallet;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A list that may be long. Nothing is asked for until it is read; then it comes page by page. Iterating, {@link
 * #stream()}, {@link #toList()} and {@link #page} block; {@link #pageAsync} and {@link #toListAsync()} do not.
 *
 * @param <T> what is listed
 */
public final class Listing<T> implements Iterable<T> {
    /** The size of a page where none is given. */
    public static final int DEFAULT_PAGE_SIZE = 500;

    private final Source<T> source;

    Listing(Source<T> source) {
        this.source = source;
    }

    /** Asks for one page. */
    interface Source<T> {
        Page<T> page(@Nullable String after, int limit);

        CompletableFuture<Page<T>> pageAsync(@Nullable String after, int limit);
    }

    /**
     * Returns the first page.
     *
     * @param limit how many items at most, 1 to 1000
     * @throws InvalidInputException if the limit is another number
     */
    public Page<T> page(int limit) {
        return source.page(null, limit);
    }

    /**
     * Returns the page that follows.
     *
     * @param after {@link Page#next()} of the page before
     * @param limit how many items at most, 1 to 1000
     */
    public Page<T> page(String after, int limit) {
        return source.page(after, limit);
    }

    /** Like {@link #page(int)}, without blocking. */
    public CompletableFuture<Page<T>> pageAsync(int limit) {
        return source.pageAsync(null, limit);
    }

    /** Like {@link #page(String, int)}, without blocking. */
    public CompletableFuture<Page<T>> pageAsync(String after, int limit) {
        return source.pageAsync(after, limit);
    }

    /** Returns the items as a lazy sequential stream. */
    public Stream<T> stream() {
        int traits = Spliterator.ORDERED | Spliterator.NONNULL;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(iterator(), traits), false);
    }

    /** Returns the first item. */
    public Optional<T> first() {
        return page(1).items().stream().findFirst();
    }

    /** Returns all items; mind the memory. */
    public List<T> toList() {
        List<T> all = new ArrayList<>();
        forEach(all::add);
        return List.copyOf(all);
    }

    /** Like {@link #toList()}, without blocking. */
    public CompletableFuture<List<T>> toListAsync() {
        return collect(source.pageAsync(null, DEFAULT_PAGE_SIZE), new ArrayList<>());
    }

    private CompletableFuture<List<T>> collect(CompletableFuture<Page<T>> page, List<T> all) {
        return page.thenCompose(got -> {
            all.addAll(got.items());
            return got.next()
                    .map(next -> collect(source.pageAsync(next, DEFAULT_PAGE_SIZE), all))
                    .orElseGet(() -> CompletableFuture.completedFuture(List.copyOf(all)));
        });
    }

    @Override
    public Iterator<T> iterator() {
        return new Pages();
    }

    private final class Pages implements Iterator<T> {
        private @Nullable Page<T> page;
        private int at;

        @Override
        public boolean hasNext() {
            if (page == null) {
                page = source.page(null, DEFAULT_PAGE_SIZE);
            }
            while (at == page.items().size() && page.next().isPresent()) {
                page = source.page(page.next().get(), DEFAULT_PAGE_SIZE);
                at = 0;
            }
            return at < page.items().size();
        }

        @Override
        public T next() {
            if (!hasNext() || page == null) {
                throw new NoSuchElementException();
            }
            return page.items().get(at++);
        }
    }
}
