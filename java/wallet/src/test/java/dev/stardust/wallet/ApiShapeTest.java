package dev.stardust.wallet;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the public API shows, and what it hides. */
class ApiShapeTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.stardust.wallet");

    /** Methods that have no other twin, because they do not ask the core, or hand out what does. */
    private static final Set<String> ALONE = Set.of(
            "close",
            "isClosed",
            "listen",
            "auditLog",
            "getAccounts",
            "listTransactions",
            "listWithdrawals",
            "listWithdrawalsAwaitingApproval",
            "listWithdrawalsAwaitingReview",
            "setNativeLogLevel",
            "builder",
            "checkNativeLibrary",
            "index",
            "alias",
            "listAddresses",
            "listOutputs",
            "listClaimableOutputs",
            "listRecoveredPayments",
            "listImportedNotes",
            "list");

    @Test
    void onlyTheInternalPackagesUseLibrariesOfOthers() {
        noClasses()
                .that()
                .resideInAPackage("dev.stardust.wallet")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.sun.jna..", "com.fasterxml..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.stardust.wallet.internal.ffi")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.sun.jna..")
                .check(CLASSES);
    }

    @Test
    void publicSignaturesShowOnlyJavaAndThisApi() {
        List<String> foreign = new ArrayList<>();
        for (JavaClass type : CLASSES) {
            if (type.getPackageName().equals("dev.stardust.wallet")
                    && type.getModifiers().contains(JavaModifier.PUBLIC)) {
                type.getMethods().stream().filter(ApiShapeTest::isVisible).forEach(method -> Stream.concat(
                                method.getRawParameterTypes().stream(), Stream.of(method.getRawReturnType()))
                        .map(shown -> shown.getBaseComponentType())
                        .filter(shown -> !shown.isPrimitive())
                        .filter(shown -> !shown.getPackageName().startsWith("java."))
                        .filter(shown -> !shown.getPackageName().equals("dev.stardust.wallet"))
                        .forEach(shown -> foreign.add(method.getFullName() + " shows " + shown.getName())));
            }
        }
        assertThat(foreign).isEmpty();
    }

    private static boolean isVisible(JavaMethod method) {
        return method.getModifiers().contains(JavaModifier.PUBLIC)
                && !method.getModifiers().contains(JavaModifier.SYNTHETIC);
    }

    @Test
    void everyOperationIsThereTwice() {
        for (Class<?> type : List.of(AccountManager.class, Account.class, AuditLog.class)) {
            Set<String> names = Stream.of(type.getMethods())
                    .filter(method -> method.getDeclaringClass() != Object.class)
                    .map(java.lang.reflect.Method::getName)
                    .filter(name -> !Set.of("equals", "hashCode", "toString").contains(name))
                    .collect(Collectors.toSet());
            for (String name : names) {
                if (!name.endsWith("Async") && !ALONE.contains(name)) {
                    assertThat(names).as(type.getSimpleName()).contains(name + "Async");
                }
            }
        }
    }

    @Test
    void theGuidesNamesAreThere() {
        assertThat(names(AccountManager.class))
                .contains("createAccount", "getAccount", "getAccounts", "sync", "listen", "storeMnemonic");
        assertThat(names(Account.class))
                .contains(
                        "listAddresses",
                        "generateAddress",
                        "generateAddresses",
                        "balance",
                        "sync",
                        "sendAmount",
                        "listTransactions");
    }

    @Test
    void whatWaitsForTheCoreIsThereTwice() {
        for (Class<?> type : List.of(Transaction.class, Withdrawal.class)) {
            Set<String> waiting = names(type).stream()
                    .filter(name -> name.equals("refresh") || name.equals("cancel") || name.startsWith("await"))
                    .filter(name -> !name.endsWith("Async"))
                    .collect(Collectors.toSet());
            assertThat(waiting).contains("refresh", "cancel", "awaitEnd");
            waiting.forEach(
                    name -> assertThat(names(type)).as(type.getSimpleName()).contains(name + "Async"));
        }
    }

    private static Set<String> names(Class<?> type) {
        return Stream.of(type.getMethods())
                .map(java.lang.reflect.Method::getName)
                .collect(Collectors.toSet());
    }
}
